// OdbLanes: a few handles on one object database. libgit2's handles must not be shared by threads,
// so each thread that reads takes a lane of its own; a lane is opened when all others are taken.
// Thread-safe. Only .cc files of this folder include this header, because it brings libgit2 with
// it.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "sources/git_handle.h"

namespace gitops {

/// A handle that nobody else uses as long as this lives.
struct HeldOdb {
  std::unique_lock<std::mutex> lock;
  git_odb* odb = nullptr;
};

class OdbLanes {
 public:
  /// `first` is the lane that is always there; `objects_directory` is where its objects are.
  OdbLanes(git::OdbHandle first, std::string objects_directory);

  /// Any lane: for reading.
  HeldOdb Take();
  /// The first lane, which also stands for everything else of the repository: for writing and refs.
  HeldOdb TakeFirst();

  /// Also reads from other objects, in all lanes. Returns libgit2's code.
  int AddAlternate(const std::string& objects_directory);

 private:
  struct Lane {
    std::mutex mutex;  ///< Guards `odb`, and for the first lane the whole repository.
    git::OdbHandle odb;
  };

  Lane* OpenAnother();

  const std::string objects_directory_;
  std::mutex opening_;  ///< Guards alternates_ and changes of open_.
  std::vector<std::string> alternates_;
  std::array<Lane, 4> lanes_;  ///< The first `open_` are in use.
  std::atomic<std::size_t> open_{1};
};

}  // namespace gitops

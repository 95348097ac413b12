// FetchQuarantine: a folder in a mirror that takes what a fetch downloads, until it is clear that
// the commit that was asked for is in it. What a server sent besides or instead goes with the
// folder, so that lies cost no space. For the fetch child; not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"

struct git_repository;

namespace gitops {

class FetchQuarantine {
 public:
  /// `mirror` is a bare repository. Errors: kTransient, and what opening it says.
  static Result<FetchQuarantine> Start(const std::string& mirror);

  FetchQuarantine(FetchQuarantine&& other) noexcept;
  FetchQuarantine& operator=(FetchQuarantine&&) = delete;
  ~FetchQuarantine();

  /// The mirror with its refs and objects; what is downloaded into it goes to the folder.
  git_repository* repository() const { return repository_.get(); }
  /// The folder, as an objects directory.
  const std::string& objects() const { return path_; }

  /// Moves what was downloaded into the mirror, durably. Errors: kTransient.
  Status Keep();

 private:
  struct Free {
    void operator()(git_repository* repository) const;
  };

  FetchQuarantine() = default;

  std::string mirror_objects_;
  std::string path_;  ///< "" when moved from.
  std::unique_ptr<git_repository, Free> repository_;
};

/// How the folder's name begins, for those who clean up after a child that was killed.
inline constexpr const char* kQuarantinePrefix = "incoming-";

}  // namespace gitops

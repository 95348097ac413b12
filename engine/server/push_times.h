// PushTimes: when each source's newest commits were first heard of, so that the time from push to
// applied can be told. Bounded: the newest 64 commits of a source. Pure value, no threads.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/model/object_id.h"

namespace gitops {

class PushTimes {
 public:
  /// The source is at `commit` and nobody knows since when.
  void Known(const std::string& source, const ObjectId& commit);
  /// A webhook or a person says that there is news. Only the first of several counts.
  void Asked(const std::string& source, WallTime now);
  /// A look found the source at `commit`: a new one was heard of when it was asked for, or now.
  void Looked(const std::string& source, const ObjectId& commit, WallTime now);
  /// When `commit` was heard of; nullopt when that is not known.
  std::optional<WallTime> HeardOf(const std::string& source, const ObjectId& commit) const;
  void Forget(const std::string& source);

 private:
  struct Commit {
    ObjectId id;
    WallTime heard{};
  };
  struct Source {
    ObjectId last;
    std::optional<WallTime> asked;
    std::deque<Commit> commits;  ///< Newest last.
  };
  std::map<std::string, Source> sources_;
};

}  // namespace gitops

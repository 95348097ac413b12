// Control groups: where this machine lets the engine make them, and the group of one app, which
// bounds the number and the memory of all its processes together. Each run of a hook has a group of
// its own beneath that, so that it can be ended without the services of earlier ones. No threads;
// each call is complete.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

/// Where groups with a bound on processes can be made.
struct ControlGroupPlace {
  int version = 0;          ///< 2, 1 (the controller `pids`), or 0: nowhere.
  std::string directory{};  ///< The group in which those of the engine go.
  /// The same for the controller `memory`, which may be of the other version: where that is 2, the
  /// groups are the ones in `directory`.
  int memory_version = 0;
  std::string memory_directory{};
};

/// What an app as a whole may use; 0: unbounded.
struct GroupBounds {
  std::int64_t processes = 0;
  std::int64_t memory_bytes = 0;
};

/// Looks at what `proc_self` ("/proc/self") says about mounts and this process's groups. Version 2
/// is taken beside the engine's own group, version 1 beneath it. Changes nothing.
ControlGroupPlace FindControlGroups(const std::string& proc_self = "/proc/self");

/// The group of one app.
class ControlGroup {
 public:
  /// `name` is one path component that no other app of the machine has.
  ControlGroup(const ControlGroupPlace& place, const std::string& name);

  /// Makes the group with its bound on processes, and in it one for a run; returns the directory of
  /// that. Errors: kTransient (the machine does not let us).
  Result<std::string> MakeRun(const GroupBounds& bounds) const;

  /// Bounds the memory of the app, or lifts an earlier bound. To be called after MakeRun. Errors:
  /// kTransient (there is no controller, or it does not let us).
  Status BoundMemory(std::int64_t bytes) const;

  /// The files to which a process of one thread writes itself that is to be in the run's groups.
  std::vector<std::string> Entries(const std::string& run) const;

  /// How often a process of the app could not be started because of the bound.
  std::int64_t Refused(const std::string& run) const;

  /// How many processes of the app were ended because its memory was used up.
  std::int64_t OutOfMemory() const;

  /// Kills what is in the group of a run and removes it. Returns how many processes that were, -1
  /// when some cannot be ended.
  static int EndRun(const std::string& run);

  /// Removes the groups of runs that are empty, and the app's when none is left.
  void Tidy() const;

  /// Kills everything in the group and removes it. Returns as EndRun.
  int End() const;

 private:
  /// Removes the group and its parent in each hierarchy, as far as they are empty.
  void RemoveEmpty() const;

  ControlGroupPlace place_;
  std::string parent_;
  std::string path_;
  std::string memory_parent_;  ///< "" unless memory has a hierarchy of its own (version 1).
  std::string memory_path_;
};

}  // namespace gitops

// Control groups: where this machine lets the engine make them, and the group of one app, which
// bounds all of its processes together. Each run of a hook has a group of its own beneath that, so
// that it can be ended without the services of earlier ones. No threads; each call is complete.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace gitops {

/// Where groups with a bound on processes can be made.
struct ControlGroupPlace {
  int version = 0;        ///< 2, 1 (the controller `pids`), or 0: nowhere.
  std::string directory;  ///< The group in which those of the engine go.
};

/// Looks at what `proc_self` ("/proc/self") says about mounts and this process's groups. Version 2
/// is taken beside the engine's own group, version 1 beneath it. Changes nothing.
ControlGroupPlace FindControlGroups(const std::string& proc_self = "/proc/self");

/// The group of one app.
class ControlGroup {
 public:
  /// `name` is one path component that no other app of the machine has.
  ControlGroup(const ControlGroupPlace& place, const std::string& name);

  /// Makes the group, at most `processes` large (0: unbounded), and in it one for a run; returns
  /// the directory of that. Errors: kTransient (the machine does not let us).
  Result<std::string> MakeRun(std::int64_t processes) const;

  /// How often a process of the app could not be started because of the bound.
  std::int64_t Refused(const std::string& run) const;

  /// Kills what is in the group of a run and removes it. Returns how many processes that were, -1
  /// when some cannot be ended.
  static int EndRun(const std::string& run);

  /// Removes the groups of runs that are empty, and the app's when none is left.
  void Tidy() const;

  /// Kills everything in the group and removes it. Returns as EndRun.
  int End() const;

 private:
  ControlGroupPlace place_;
  std::string parent_;
  std::string path_;
};

}  // namespace gitops

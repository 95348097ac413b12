// The two fixed paths at which the bash tool put an app's files, /tmp/app-deployment and
// /tmp/app-source. Hooks that name them see their own app's directories there, in a mount namespace
// of their own; on the machine itself the paths are empty directories, kept only while used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/drivers/app_directories.h"
#include "engine/drivers/driver.h"
#include "engine/model/file_tree.h"
#include "engine/os/process.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// True when `script` or a file beneath `deployment/` names one of the two paths. Large files and
/// very many files are not looked at.
bool NamesLegacyPaths(const FileTree& tree, const std::string& script);

/// The two directories exist and stay as long as this object does: long enough for a child to mount
/// something there.
class LegacyMountPoints {
 public:
  /// Makes what is missing. nullopt, with a note in `log`, where that cannot be done safely:
  /// without root, or when something else lies at the paths.
  static std::optional<LegacyMountPoints> Acquire(StepLog& log);

  /// What a child has to mount for this app.
  static std::vector<BindMount> MountsFor(const AppDirectories& directories);

 private:
  explicit LegacyMountPoints(UniqueFd lock) : lock_(std::move(lock)) {}

  UniqueFd lock_;  ///< A shared lock on /tmp itself.
};

/// Removes the two directories, if they are ours, empty, and mounted upon by no running process.
void RemoveUnusedLegacyMountPoints();

}  // namespace gitops

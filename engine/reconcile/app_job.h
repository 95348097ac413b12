// What the files that implement AppRunner share, and nobody else sees.
#pragma once

#include <memory>
#include <optional>

#include "engine/reconcile/app_runner.h"

namespace gitops {

/// What one run works with. Trees may be missing when a deletion cleans up after a broken app.
struct AppRunner::Job {
  Plan plan;
  RunTrigger trigger = RunTrigger::kSync;
  std::optional<Snapshot> snapshot;
  bool snapshot_waits = false;  ///< It has to be guarded before the first effect.
  bool snapshot_lost = false;   ///< It cannot be kept.
  bool keep_row = false;
  std::shared_ptr<const FileTree> app_files;
  std::shared_ptr<const FileTree> pattern_files;
  AppVariables variables;
  std::optional<Error> lacking;  ///< See RunTrees.
};

/// Notes that a state is not to be applied again; the newest 20 are remembered.
void Reject(AppRecord& record, const std::string& digest);

}  // namespace gitops

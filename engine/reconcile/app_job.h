// AppRunner::Job: what one run works with. Seen by the files that implement AppRunner only.
#pragma once

#include <memory>
#include <optional>

#include "engine/reconcile/app_runner.h"

namespace gitops {

/// Trees may be missing when a deletion cleans up after a broken app.
struct AppRunner::Job {
  Plan plan;
  RunTrigger trigger = RunTrigger::kSync;
  std::optional<Snapshot> snapshot;
  bool keep_row = false;
  std::shared_ptr<const FileTree> app_files;
  std::shared_ptr<const FileTree> pattern_files;
  AppVariables variables;
};

}  // namespace gitops

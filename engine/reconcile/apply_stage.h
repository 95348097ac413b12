// ApplyStage: applies the plans of a pass: snapshots first, in one batch; then the apps in the
// order of their dependencies, several at a time.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Applies every candidate whose plan may be applied. `candidates` are sorted by id. A failing app
/// is in its report. Errors: those of the store; kCancelled.
Status ApplyAll(const EngineParts& parts, AppRunner& runner, std::vector<Candidate*>& candidates,
                std::stop_token stop);

/// Applies one candidate when everything it waits for has ended, or blocks it. `all`: what else is
/// worked on beside it, sorted by id. `snapshot` as KeepSnapshots gave it. Errors: those of the
/// store; kCancelled; kConflict without a run when somebody else moved the app on since it was
/// planned.
Status ApplyOne(const EngineParts& parts, AppRunner& runner, Candidate& candidate,
                const std::vector<Candidate*>& all, std::optional<Snapshot> snapshot,
                std::stop_token stop);

}  // namespace gitops

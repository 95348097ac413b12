// Planner: the smallest ordered list of actions that turns the recorded into the desired state.
// Pure.
#pragma once

#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/model/desired_state.h"
#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"

namespace gitops {

struct PlanOptions {
  PlanKind kind = PlanKind::kApply;
  int to_snapshot = 0;  ///< kRollback.
  bool force = false;   ///< Every step runs, reason kForced.
  /// Steps of which something else is there than was recorded, with the reason (kMissing,
  /// kDrifted): they run although nothing that they depend on changed.
  std::map<StepAddress, Reason> drifted = {};
};

/// Plans the way from `recorded` to `desired`. Deletes come first and in reverse order of the
/// phases, then the rest by phase, edges and address. A step that only might be affected carries a
/// guard (differ/guard.h decides it when the plan is applied). The order in which steps, inputs and
/// edges are given changes nothing: the same state gives the same plan bytes. Errors: kInvalid
/// (edges form a cycle, an edge names a step that does not exist).
Result<Plan> BuildPlan(DesiredState desired, const RecordedState& recorded,
                       const PlanOptions& options = {});

/// Plans the removal of everything recorded. First the hook `app.teardown[host]` runs on each host
/// whose "files" step names one (parameters "teardown", "teardown_timeout_seconds") and on which
/// setup or configure was at least started; then each resource is undone in reverse order. Other
/// hooks need no action: their records vanish with the app. `last` says what was applied last
/// (trees, provider, revision).
Plan BuildDeletePlan(const RecordedState& recorded, const Plan& last);

}  // namespace gitops

// Planner: the smallest ordered list of actions that turns the recorded into the desired state.
// Pure.
#pragma once

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
};

/// Plans the way from `recorded` to `desired`. Deletes come first and in reverse order of the
/// phases, then the rest by phase, edges and address. Errors: kInvalid (edges form a cycle, an edge
/// names a step that does not exist).
Result<Plan> BuildPlan(const DesiredState& desired, const RecordedState& recorded,
                       const PlanOptions& options = {});

/// Plans the removal of everything recorded: `app.teardown` runs first when it is a recorded step,
/// then each step is undone in reverse. `last` says what was applied last (trees, provider,
/// revision).
Plan BuildDeletePlan(const RecordedState& recorded, const Plan& last);

}  // namespace gitops

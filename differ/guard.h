// Guards: the decisions that are left to the moment of applying a plan, and what a step is recorded
// with. Planner and executor share them, so that a second plan after an applied one is empty. Pure.
#pragma once

#include <map>
#include <vector>

#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"

namespace gitops {

/// Outputs of an app's steps as they are now, by step.
using OutputsByStep = std::map<StepAddress, Outputs>;

/// True when `action` has to be carried out: it has no guard, or one of the guarded outputs is not
/// what the step last ran with (`recorded`, null when it never ran), or, for guard_any, `any_ran`:
/// at least one earlier action of the plan was carried out. Otherwise it is journaled kSkipped.
bool GuardIsOpen(const Action& action, const RecordedStep* recorded, const OutputsByStep& outputs,
                 bool any_ran);

/// The step as it is recorded once it has succeeded: with one more input for each of the outputs
/// that it consumes, named by OutputRef::InputName. Inputs stay sorted by name.
Step WithConsumedOutputs(const Step& step, const OutputsByStep& outputs);

}  // namespace gitops

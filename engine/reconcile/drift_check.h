// DriftCheck: has the drivers look at what is there of an app. Reads the store and Git, writes
// nothing, and no driver changes anything. Thread-safe; may be beside work on the app: then it says
// that it does not know.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/app_record.h"
#include "engine/model/drift.h"
#include "engine/model/recorded_state.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Looks at all recorded steps of an app. Errors: those of the store; kCancelled. What a driver
/// cannot tell is in the result.
Result<AppDrift> CheckDrift(const EngineParts& parts, const AppRecord& record,
                            std::stop_token stop);

/// Looks at those recorded steps that `wanted` chooses. REQUIRES: no run of the app is under way.
/// Errors: as CheckDrift.
Result<std::vector<StepDrift>> ObserveSteps(const EngineParts& parts, const AppRecord& record,
                                            const RecordedState& recorded,
                                            const std::function<bool(const RecordedStep&)>& wanted,
                                            std::stop_token stop);

/// True when the newest run of the app is under way, or was interrupted and not taken up yet.
Result<bool> IsRunning(const EngineParts& parts, const AppRecord& record);

}  // namespace gitops

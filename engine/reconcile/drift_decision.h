// DriftDecision: what a driver saw of a recorded step → whether it drifted. One pure function;
// engine/reconcile/drift_check asks the drivers.
#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/drivers/driver.h"
#include "engine/model/drift.h"
#include "engine/model/recorded_state.h"

namespace gitops {

/// `seen` is nullopt when the step was not looked at, because nobody recorded what should be there
/// or because this version has no driver for it.
StepDrift DecideDrift(const RecordedStep& recorded,
                      const std::optional<Result<ObservedStep>>& seen);

/// Whether it is known what should be there, so that a look can tell something.
bool CanDrift(const RecordedStep& recorded);

}  // namespace gitops

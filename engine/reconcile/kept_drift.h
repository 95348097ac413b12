// KeptDrift: what the daemon last saw of an app, as far as it is still about what is recorded now.
#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/model/app_record.h"
#include "engine/model/drift.h"
#include "engine/store/drift_store.h"

namespace gitops {

/// True when the look is about the app's recorded state, which was not changed since.
bool IsOf(const AppDrift& drift, const AppRecord& record);

/// The last look at the app with its steps; nullopt when there is none, or it is about an earlier
/// state. `store` may be null.
Result<std::optional<AppDrift>> KeptDrift(DriftStore* store, const AppRecord& record);

}  // namespace gitops

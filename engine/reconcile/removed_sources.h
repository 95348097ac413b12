// RemovedSources: sources that the store knows and the configuration no longer names.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Forgets those that have no apps; one warning for each that has some: they run on.
Result<Diagnostics> ForgetRemovedSources(const EngineParts& parts);

}  // namespace gitops

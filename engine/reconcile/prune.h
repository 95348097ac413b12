// Prune: what becomes of apps whose manifest vanished. They are deleted only when it is allowed,
// after a clean read, and not many at once; else they wait for a person.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/reconcile/engine.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/source_look.h"

namespace gitops {

/// Gives each orphan of the looks its deletion plan, or the reason why it stays.
Status DecidePrunes(const EngineParts& parts, const ReconcileRequest& request,
                    std::vector<SourceLook>& looks);

/// The plan that removes everything recorded of an app; empty when nothing is.
Result<Plan> PlanDeletion(const EngineParts& parts, const AppRecord& record,
                          const RecordedState& recorded);

}  // namespace gitops

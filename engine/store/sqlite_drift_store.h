// SqliteDriftStore: the DriftStore in the state database.
#pragma once

#include <memory>

#include "engine/store/drift_store.h"

namespace gitops {

class StateDatabase;

std::unique_ptr<DriftStore> MakeSqliteDriftStore(std::shared_ptr<StateDatabase> database);

}  // namespace gitops

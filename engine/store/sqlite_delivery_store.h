// SqliteDeliveryStore: the DeliveryStore in the state database.
#pragma once

#include <memory>

#include "engine/store/delivery_store.h"

namespace gitops {

class StateDatabase;

std::unique_ptr<DeliveryStore> MakeSqliteDeliveryStore(std::shared_ptr<StateDatabase> database);

}  // namespace gitops

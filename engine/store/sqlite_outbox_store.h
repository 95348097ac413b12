// SqliteOutboxStore: the OutboxStore in the state database.
#pragma once

#include <memory>

#include "engine/store/outbox_store.h"

namespace gitops {

class StateDatabase;

std::unique_ptr<OutboxStore> MakeSqliteOutboxStore(std::shared_ptr<StateDatabase> database);

}  // namespace gitops

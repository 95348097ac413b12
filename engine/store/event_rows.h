// Rows of the table `event`. Functions without state; the caller holds the transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/event.h"
#include "engine/store/row_pruning.h"
#include "engine/store/sql.h"
#include "engine/store/store.h"

namespace gitops {

/// An event without a time happened `now`.
Status AppendEventRow(Connection& connection, const Event& event, WallTime now);

/// Removes the oldest events beyond `keep`, in batches: only when there are kEventBatch more.
Status PruneEventRows(Connection& connection, std::int64_t keep);
inline constexpr std::int64_t kEventBatch = kPruningBatch;

/// Oldest first, from the one after `id` on.
Result<std::vector<Event>> ListEventRowsAfter(Connection& connection, std::int64_t id, int limit);
/// See Store::ListEvents.
Result<std::vector<Event>> ListEventRows(Connection& connection, const EventFilter& filter);

}  // namespace gitops

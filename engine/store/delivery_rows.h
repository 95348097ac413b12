// Rows of the table `delivery`. Functions without state; the caller holds the transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/delivery.h"
#include "engine/store/delivery_store.h"
#include "engine/store/sql.h"

namespace gitops {

/// A delivery whose request is still waiting.
struct WaitingDelivery {
  std::int64_t id = 0;
  std::uint64_t asked = 0;
};

/// Parameters: source, delivery id, the source's newest look. `asked > 0` is a condition of the
/// index `delivery_waiting`: SQLite uses it only for a query that says so in these words.
inline constexpr const char* kWaitingDelivery =
    "SELECT id, asked FROM delivery WHERE source = ? AND delivery_id = ?"
    " AND delivery_id <> '' AND asked > 0 AND asked > ? ORDER BY id DESC LIMIT 1";

/// The newest delivery of the source with this id that asked for a look after number `looked`.
Result<std::optional<WaitingDelivery>> FindWaitingDeliveryRow(Connection& connection,
                                                              const std::string& source,
                                                              const std::string& delivery_id,
                                                              std::uint64_t looked);

/// Counts a repetition.
Status RepeatDeliveryRow(Connection& connection, std::int64_t id);

/// Returns the new row's id.
Result<std::int64_t> InsertDeliveryRow(Connection& connection, const Delivery& delivery);

/// See DeliveryStore::FindCause.
Result<std::optional<Delivery>> FindCauseRow(Connection& connection, RunId run);

/// See DeliveryStore::ListDeliveries.
Result<std::vector<Delivery>> ListDeliveryRows(Connection& connection,
                                               const DeliveryFilter& filter);

}  // namespace gitops

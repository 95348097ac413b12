// Rows of the tables outbox, told and outbox_reader. Functions without state; the caller holds the
// transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/notification.h"
#include "engine/store/sql.h"

namespace gitops {

Status InsertOutboxRow(Connection& connection, const OutboxEntry& entry);
/// Removes what waits for one target about one topic.
Status DeleteOutboxRows(Connection& connection, const std::string& target,
                        const std::string& topic);
/// See OutboxStore::DueEntries.
Result<std::vector<OutboxEntry>> ListDueOutboxRows(Connection& connection, WallTime now, int limit);

Status SaveToldRow(Connection& connection, const Told& told);
Result<std::optional<Told>> LoadToldRow(Connection& connection, const std::string& topic);
/// Forgets what was told about topics with this beginning before `before`.
Status ForgetToldRows(Connection& connection, const std::string& beginning, WallTime before);

}  // namespace gitops

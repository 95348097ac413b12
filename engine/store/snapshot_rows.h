// Rows of the table `snapshot`. Functions without state; the caller holds the transaction.
#pragma once

#include <optional>
#include <vector>

#include "engine/model/snapshot.h"
#include "engine/store/sql.h"
#include "engine/store/store.h"

namespace gitops {

Status SaveSnapshotRow(Connection& connection, const Snapshot& snapshot);
Status MarkSnapshotHealthy(Connection& connection, const AppId& app, int number);
Status DeleteSnapshotRow(Connection& connection, const AppId& app, int number);

/// Newest first.
Result<std::vector<Snapshot>> ListSnapshotRows(Connection& connection, const AppId& app);
/// Sorted by app, newest first within one.
Result<std::vector<Snapshot>> ListAllSnapshotRows(Connection& connection, const AppFilter& filter);
Result<std::optional<Snapshot>> LoadSnapshotRow(Connection& connection, const AppId& app,
                                                int number);

/// One more than any number that a snapshot or run of the app ever had.
Result<int> NextSnapshotRowNumber(Connection& connection, const AppId& app);

}  // namespace gitops

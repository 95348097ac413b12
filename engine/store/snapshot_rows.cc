#include "engine/store/snapshot_rows.h"

#include <algorithm>

#include "engine/store/app_rows.h"
#include "engine/store/upsert.h"

namespace gitops {
namespace {

constexpr const char* kSelectSnapshot =
    "SELECT snapshot.environment, snapshot.name, number, snapshot.source, snapshot.directory, "
    "snapshot.revision_ref, snapshot.revision_commit, app_tree, pattern_tree, snapshot.pattern, "
    "provider, snapshot.desired_digest, healthy, created_at_ms, run FROM snapshot";

/// Reads the columns of kSelectSnapshot.
Result<Snapshot> ReadSnapshot(const Query& row) {
  Snapshot snapshot;
  snapshot.app = {row.Text(0), row.Text(1)};
  snapshot.number = row.Int(2);
  snapshot.source = row.Text(3);
  snapshot.directory = row.Text(4);
  snapshot.revision.ref = row.Text(5);
  ASSIGN_OR_RETURN(snapshot.revision.commit, row.Id(6));
  ASSIGN_OR_RETURN(snapshot.app_tree, row.Id(7));
  ASSIGN_OR_RETURN(snapshot.pattern_tree, row.Id(8));
  snapshot.pattern = row.Text(9);
  snapshot.provider = row.Text(10);
  snapshot.desired_digest = row.Text(11);
  snapshot.healthy = row.Bool(12);
  snapshot.created_at = row.Time(13);
  snapshot.run = row.Int64(14);
  return snapshot;
}

Result<std::vector<Snapshot>> ReadAll(Query& query) {
  std::vector<Snapshot> snapshots;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return snapshots;
    ASSIGN_OR_RETURN(Snapshot snapshot, ReadSnapshot(query));
    snapshots.push_back(std::move(snapshot));
  }
}

}  // namespace

Status SaveSnapshotRow(Connection& connection, const Snapshot& snapshot) {
  static const std::string kSql = UpsertSql("snapshot", {"environment", "name", "number"},
                                            {{"source"},
                                             {"directory"},
                                             {"revision_ref"},
                                             {"revision_commit"},
                                             {"app_tree"},
                                             {"pattern_tree"},
                                             {"pattern"},
                                             {"provider"},
                                             {"desired_digest"},
                                             {"healthy"},
                                             {"created_at_ms"},
                                             {"run"}});
  Query query(connection, kSql);
  query.Bind(snapshot.app.environment).Bind(snapshot.app.name).Bind(snapshot.number);
  query.Bind(snapshot.source).Bind(snapshot.directory);
  query.Bind(snapshot.revision.ref).Bind(snapshot.revision.commit);
  query.Bind(snapshot.app_tree).Bind(snapshot.pattern_tree);
  query.Bind(snapshot.pattern).Bind(snapshot.provider).Bind(snapshot.desired_digest);
  query.Bind(snapshot.healthy).Bind(snapshot.created_at).Bind(snapshot.run);
  return query.Run();
}

Status MarkSnapshotHealthy(Connection& connection, const AppId& app, int number) {
  return connection.Run(
      "UPDATE snapshot SET healthy = 1 "
      "WHERE environment = ? AND name = ? AND number = ? AND healthy = 0",
      app.environment, app.name, number);
}

Status DeleteSnapshotRow(Connection& connection, const AppId& app, int number) {
  return connection.Run("DELETE FROM snapshot WHERE environment = ? AND name = ? AND number = ?",
                        app.environment, app.name, number);
}

Result<std::vector<Snapshot>> ListSnapshotRows(Connection& connection, const AppId& app) {
  Query query(connection, std::string(kSelectSnapshot) +
                              " WHERE environment = ? AND name = ? ORDER BY number DESC");
  query.Bind(app.environment).Bind(app.name);
  return ReadAll(query);
}

Result<std::vector<Snapshot>> ListAllSnapshotRows(Connection& connection, const AppFilter& filter) {
  Query query(connection, std::string(kSelectSnapshot) +
                              " JOIN app ON app.environment = snapshot.environment"
                              " AND app.name = snapshot.name WHERE " +
                              FilterCondition(filter) +
                              " ORDER BY snapshot.environment, snapshot.name, number DESC");
  BindFilter(query, filter);
  return ReadAll(query);
}

Result<std::optional<Snapshot>> LoadSnapshotRow(Connection& connection, const AppId& app,
                                                int number) {
  Query query(connection,
              std::string(kSelectSnapshot) + " WHERE environment = ? AND name = ? AND number = ?");
  query.Bind(app.environment).Bind(app.name).Bind(number);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<Snapshot>();
  ASSIGN_OR_RETURN(Snapshot snapshot, ReadSnapshot(query));
  return std::optional<Snapshot>(std::move(snapshot));
}

Result<int> NextSnapshotRowNumber(Connection& connection, const AppId& app) {
  // Runs outlive their snapshots and their app, so that a number never comes twice.
  ASSIGN_OR_RETURN(const auto of_snapshots, connection.Number("SELECT max(number) FROM snapshot "
                                                              "WHERE environment = ? AND name = ?",
                                                              app.environment, app.name));
  ASSIGN_OR_RETURN(
      const auto of_runs,
      connection.Number("SELECT max(snapshot) FROM run WHERE environment = ? AND name = ?",
                        app.environment, app.name));
  return static_cast<int>(std::max(of_snapshots.value_or(0), of_runs.value_or(0)) + 1);
}

}  // namespace gitops

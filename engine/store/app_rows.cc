#include "engine/store/app_rows.h"

#include <algorithm>
#include <utility>

#include "engine/model/codec.h"
#include "engine/store/upsert.h"

namespace gitops {
namespace {

/// In the order in which BindApp binds them, after environment and name.
std::vector<UpsertColumn> AppColumns() {
  return {{"source"},
          {"directory"},
          {"tree"},
          {"revision_ref"},
          {"revision_commit"},
          {"presence"},
          {"pattern"},
          {"depends_on"},
          {"sync"},
          {"health"},
          {"reason"},
          {"diagnostics"},
          {"dirty"},
          {"desired_digest"},
          {"applied_ref"},
          {"applied_commit"},
          {"current_snapshot"},
          {"pinned_snapshot"},
          {"rejected"},
          {"suspended_at_ms"},
          {"suspended_by"},
          {"suspended_reason"},
          {"retry_attempts"},
          {"retry_at_ms"},
          {"retry_kind"},
          {"retry_digest"},
          {"last_run", "max(app.last_run, excluded.last_run)"},
          {"owed_rollback"}};
}

constexpr const char* kSelectColumns =
    "SELECT environment, name, source, directory, tree, revision_ref, revision_commit, presence, "
    "pattern, depends_on, sync, health, reason, diagnostics, dirty, desired_digest, applied_ref, "
    "applied_commit, current_snapshot, pinned_snapshot, rejected, suspended_at_ms, suspended_by, "
    "suspended_reason, retry_attempts, retry_at_ms, retry_kind, retry_digest, last_run, "
    "recorded_serial, recorded_steps, owed_rollback FROM app";

std::string StringsText(const std::vector<std::string>& strings) {
  return strings.empty() ? "" : EncodeStrings(strings);
}

Result<std::vector<std::string>> StringsFrom(const std::string& text) {
  if (text.empty()) return std::vector<std::string>();
  return DecodeStrings(text);
}

Result<ErrorKind> ErrorKindFrom(const std::string& name) {
  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kConflict, ErrorKind::kTransient,
        ErrorKind::kUnknownOutcome, ErrorKind::kCancelled, ErrorKind::kCorruption}) {
    if (ToString(kind) == name) return kind;
  }
  return UnknownStoredValue("retry_kind", name);
}

void BindApp(Query& query, const AppRecord& app) {
  query.Bind(app.id.environment).Bind(app.id.name);
  query.Bind(app.source).Bind(app.directory).Bind(app.tree);
  query.Bind(app.revision.ref).Bind(app.revision.commit);
  query.Bind(ToString(app.presence)).Bind(app.pattern).Bind(StringsText(app.depends_on));
  query.Bind(ToString(app.sync)).Bind(ToString(app.health)).Bind(app.reason);
  query.Bind(app.diagnostics.empty() ? std::string() : EncodeDiagnostics(app.diagnostics));
  query.Bind(app.dirty).Bind(app.desired_digest);
  query.Bind(app.applied_revision.ref).Bind(app.applied_revision.commit);
  query.Bind(app.current_snapshot).Bind(app.pinned_snapshot).Bind(StringsText(app.rejected));
  if (app.suspension) {
    query.Bind(app.suspension->since).Bind(app.suspension->by).Bind(app.suspension->reason);
  } else {
    query.Bind(nullptr).Bind(nullptr).Bind(nullptr);
  }
  if (app.retry) {
    query.Bind(app.retry->attempts).Bind(app.retry->next);
    query.Bind(ToString(app.retry->kind)).Bind(app.retry->desired_digest);
  } else {
    query.Bind(nullptr).Bind(nullptr).Bind(nullptr).Bind(nullptr);
  }
  query.Bind(app.last_run).Bind(app.owed_rollback);
}

}  // namespace

const std::string& SelectAppSql() {
  static const std::string kSql = kSelectColumns;
  return kSql;
}

Status ReadAppRow(const Query& row, AppRecord& app) {
  app.id = {row.Text(0), row.Text(1)};
  app.source = row.Text(2);
  app.directory = row.Text(3);
  ASSIGN_OR_RETURN(app.tree, row.Id(4));
  app.revision.ref = row.Text(5);
  ASSIGN_OR_RETURN(app.revision.commit, row.Id(6));
  const std::string presence = row.Text(7);
  ASSIGN_OR_RETURN(app.presence, Known(ParsePresence(presence), "presence", presence));
  app.pattern = row.Text(8);
  ASSIGN_OR_RETURN(app.depends_on, StringsFrom(row.Text(9)));
  const std::string sync = row.Text(10);
  const std::string health = row.Text(11);
  ASSIGN_OR_RETURN(app.sync, Known(ParseSyncStatus(sync), "sync", sync));
  ASSIGN_OR_RETURN(app.health, Known(ParseHealth(health), "health", health));
  app.reason = row.Text(12);
  if (const std::string json = row.Text(13); !json.empty()) {
    ASSIGN_OR_RETURN(app.diagnostics, DecodeDiagnostics(json));
  }
  app.dirty = row.Bool(14);
  app.desired_digest = row.Text(15);
  app.applied_revision.ref = row.Text(16);
  ASSIGN_OR_RETURN(app.applied_revision.commit, row.Id(17));
  app.current_snapshot = row.Int(18);
  app.pinned_snapshot = row.Int(19);
  ASSIGN_OR_RETURN(app.rejected, StringsFrom(row.Text(20)));
  if (!row.IsNull(21)) {
    app.suspension = Suspension{.reason = row.Text(23), .by = row.Text(22), .since = row.Time(21)};
  }
  if (!row.IsNull(24)) {
    RetryState retry;
    retry.attempts = row.Int(24);
    retry.next = row.OptionalTime(25);
    ASSIGN_OR_RETURN(retry.kind, ErrorKindFrom(row.Text(26)));
    retry.desired_digest = row.Text(27);
    app.retry = std::move(retry);
  }
  app.last_run = row.Int64(28);
  app.recorded_serial = static_cast<std::uint64_t>(row.Int64(29));
  app.has_recorded_steps = row.Bool(30);
  app.owed_rollback = row.Int(31);
  return {};
}

std::string FilterCondition(const AppFilter& filter) {
  std::string condition = "1";
  if (!filter.environment.empty()) condition += " AND app.environment = ?";
  // "+" keeps SQLite from going through all apps of the source to find the few that need work.
  const char* column = filter.needing_work ? " AND +app.source = ?" : " AND app.source = ?";
  if (!filter.source.empty()) condition += column;
  // The subquery reads an index; without it, all rows would be read.
  if (!filter.name.empty())
    condition += " AND app.id IN (SELECT id FROM app AS named WHERE name = ?)";
  if (filter.owing_rollback) condition += " AND owed_rollback > 0";
  if (filter.needing_work) {
    // The first line is the index's own condition, which makes SQLite use it.
    condition +=
        " AND app.id IN (SELECT id FROM app AS due WHERE (dirty = 1 OR retry_at_ms IS NOT NULL)"
        " AND (dirty = 1 OR retry_at_ms <= ?)"
        " UNION SELECT busy.id FROM run JOIN app AS busy"
        " ON busy.environment = run.environment AND busy.name = run.name"
        " WHERE run.status = 'running')";
  }
  return condition;
}

void BindFilter(Query& query, const AppFilter& filter) {
  if (!filter.environment.empty()) query.Bind(filter.environment);
  if (!filter.source.empty()) query.Bind(filter.source);
  if (!filter.name.empty()) query.Bind(filter.name);
  if (filter.needing_work) query.Bind(filter.now);
}

Status SaveAppRow(Connection& connection, const AppRecord& app, AppWriter writer) {
  static const std::string kByLook =
      UpsertSql("app", {"environment", "name"}, AppColumns(), "looks = app.looks + 1");
  static const std::string kByRun = UpsertSql("app", {"environment", "name"}, AppColumns());
  Query query(connection, writer == AppWriter::kLook ? kByLook : kByRun);
  BindApp(query, app);
  return query.Run();
}

Result<std::optional<AppRecord>> LoadAppRow(Connection& connection, const AppId& id) {
  Query query(connection, SelectAppSql() + " WHERE environment = ? AND name = ?");
  query.Bind(id.environment).Bind(id.name);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<AppRecord>();
  std::optional<AppRecord> app(std::in_place);
  RETURN_IF_ERROR(ReadAppRow(query, *app));
  return app;
}

Result<std::vector<AppRecord>> ListAppRows(Connection& connection, const AppFilter& filter) {
  std::vector<AppRecord> apps;
  if (!filter.needing_work && !filter.owing_rollback) {
    // Growing would move each record a few times, into memory that is new each time.
    ASSIGN_OR_RETURN(const std::size_t count, CountAppRows(connection, filter));
    apps.reserve(count);
  }
  Query query(connection,
              SelectAppSql() + " WHERE " + FilterCondition(filter) + " ORDER BY environment, name");
  BindFilter(query, filter);
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return apps;
    RETURN_IF_ERROR(ReadAppRow(query, apps.emplace_back()));
  }
}

Result<std::vector<AppRecord>> FindAppRowsAt(Connection& connection, const std::string& source,
                                             const std::vector<std::string>& directories) {
  std::vector<AppRecord> apps;
  for (const std::string& directory : directories) {
    Query query(connection, SelectAppSql() + " WHERE source = ? AND directory = ?");
    query.Bind(source).Bind(directory);
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) break;
      RETURN_IF_ERROR(ReadAppRow(query, apps.emplace_back()));
    }
  }
  const auto by_id = [](const AppRecord& a, const AppRecord& b) { return a.id < b.id; };
  const auto same_id = [](const AppRecord& a, const AppRecord& b) { return a.id == b.id; };
  std::sort(apps.begin(), apps.end(), by_id);
  apps.erase(std::unique(apps.begin(), apps.end(), same_id), apps.end());  // Asked for twice.
  return apps;
}

Result<std::vector<AppPlace>> ListPlaceRows(Connection& connection, const std::string& source) {
  Query query(connection,
              "SELECT directory, tree, presence FROM app WHERE source = ? "
              "ORDER BY directory, environment, name");  // As the index app_place has them.
  query.Bind(source);
  std::vector<AppPlace> places;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return places;
    AppPlace place;
    place.directory = query.Text(0);
    ASSIGN_OR_RETURN(place.tree, query.Id(1));
    const std::string presence = query.Text(2);
    ASSIGN_OR_RETURN(place.presence, Known(ParsePresence(presence), "presence", presence));
    places.push_back(std::move(place));
  }
}

Result<std::size_t> CountAppRows(Connection& connection, const AppFilter& filter) {
  Query query(connection, "SELECT count(*) FROM app WHERE " + FilterCondition(filter));
  BindFilter(query, filter);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? static_cast<std::size_t>(query.Int64(0)) : std::size_t{0};
}

Status DeleteAppRow(Connection& connection, const AppId& id) {
  return connection.Run("DELETE FROM app WHERE environment = ? AND name = ?", id.environment,
                        id.name);
}

Result<std::int64_t> LoadLooks(Connection& connection, const AppId& id) {
  ASSIGN_OR_RETURN(const auto looks,
                   connection.Number("SELECT looks FROM app WHERE environment = ? AND name = ?",
                                     id.environment, id.name));
  return looks.value_or(0);
}

}  // namespace gitops

#include "engine/store/run_rows.h"

#include <algorithm>

#include "engine/model/codec.h"

namespace gitops {
namespace {

constexpr const char* kSelectRun =
    "SELECT id, plan, trigger_kind, status, snapshot, started_at_ms, finished_at_ms, error, "
    "recoveries FROM run";

constexpr int kPrunedAtOnce = 20;

Error NoSuchRun(RunId run) {
  return MakeError(ErrorKind::kNotFound, "no such run", "run " + std::to_string(run));
}

std::string_view ToString(RecordBefore before) {
  switch (before) {
    case RecordBefore::kNone:
      return "none";
    case RecordBefore::kAbsent:
      return "absent";
    case RecordBefore::kClean:
      return "clean";
    case RecordBefore::kTainted:
      return "tainted";
    case RecordBefore::kUnknown:
      return "unknown";
  }
  CHECK(false);
}

Result<RecordBefore> RecordBeforeFrom(const std::string& name) {
  for (const RecordBefore before :
       {RecordBefore::kNone, RecordBefore::kAbsent, RecordBefore::kClean, RecordBefore::kTainted,
        RecordBefore::kUnknown}) {
    if (ToString(before) == name) return before;
  }
  return UnknownStoredValue("record_before", name);
}

/// NULL when there is no error.
std::optional<std::string> ErrorText(const std::optional<Error>& error) {
  if (!error) return std::nullopt;
  return EncodeError(*error);
}

Status ReadError(const Query& row, int column, std::optional<Error>& error) {
  if (row.IsNull(column)) return {};
  Error decoded(ErrorKind::kInvalid, Diagnostic{});
  RETURN_IF_ERROR(DecodeError(row.Text(column), decoded));
  error = std::move(decoded);
  return {};
}

/// Reads status, started, finished and error from `first` on.
Status ReadAction(const Query& row, int first, ActionRecord& record) {
  const std::string status = row.Text(first);
  ASSIGN_OR_RETURN(record.status, Known(ParseActionStatus(status), "status", status));
  record.started = row.OptionalTime(first + 1);
  record.finished = row.OptionalTime(first + 2);
  return ReadError(row, first + 3, record.error);
}

Status ReadActions(Connection& connection, Run& run) {
  run.actions.resize(run.plan.actions.size());
  Query query(connection,
              "SELECT position, status, started_at_ms, finished_at_ms, error FROM run_action "
              "WHERE run = ? ORDER BY position");
  query.Bind(run.id);
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return {};
    const auto position = static_cast<std::size_t>(query.Int64(0));
    if (position >= run.actions.size()) {
      return UnknownStoredValue("position", std::to_string(position));
    }
    RETURN_IF_ERROR(ReadAction(query, 1, run.actions[position]));
  }
}

/// Reads all rows of a query on kSelectRun. `plan` stands for the stored one unless it is null.
Result<std::vector<Run>> ReadRuns(Connection& connection, Query& query,
                                  const Plan* plan = nullptr) {
  std::vector<Run> runs;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return runs;
    Run run;
    run.id = query.Int64(0);
    if (plan != nullptr) {
      run.plan = *plan;
    } else {
      ASSIGN_OR_RETURN(run.plan, DecodePlan(query.Text(1)));
    }
    const std::string trigger = query.Text(2);
    ASSIGN_OR_RETURN(run.trigger, Known(ParseRunTrigger(trigger), "trigger_kind", trigger));
    const std::string status = query.Text(3);
    ASSIGN_OR_RETURN(run.status, Known(ParseRunStatus(status), "status", status));
    run.snapshot = query.Int(4);
    run.started = query.Time(5);
    run.finished = query.OptionalTime(6);
    RETURN_IF_ERROR(ReadError(query, 7, run.error));
    run.recoveries = query.Int(8);
    RETURN_IF_ERROR(ReadActions(connection, run));
    runs.push_back(std::move(run));
  }
}

}  // namespace

Result<RunId> InsertRunRow(Connection& connection, const Run& run, std::int64_t app_looks) {
  RETURN_IF_ERROR(
      connection.Run("INSERT INTO run (environment, name, plan, has_actions, trigger_kind, status, "
                     "snapshot, started_at_ms, app_looks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     run.plan.app.environment, run.plan.app.name, EncodePlan(run.plan),
                     !run.plan.actions.empty(), gitops::ToString(run.trigger),
                     gitops::ToString(RunStatus::kRunning), run.snapshot, run.started, app_looks));
  return connection.LastInsertId();
}

Result<RunHead> LoadRunHead(Connection& connection, RunId run) {
  Query query(connection,
              "SELECT environment, name, status, snapshot, app_looks FROM run WHERE id = ?");
  query.Bind(run);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchRun(run);
  RunHead head;
  head.app = {query.Text(0), query.Text(1)};
  const std::string status = query.Text(2);
  ASSIGN_OR_RETURN(head.status, Known(ParseRunStatus(status), "status", status));
  head.snapshot = query.Int(3);
  head.app_looks = query.Int64(4);
  return head;
}

Result<Plan> LoadRunPlan(Connection& connection, RunId run) {
  Query query(connection, "SELECT plan FROM run WHERE id = ?");
  query.Bind(run);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchRun(run);
  return DecodePlan(query.Text(0));
}

Result<std::optional<RunId>> FindUnfinishedRun(Connection& connection, const AppId& app) {
  return connection.Number(
      "SELECT id FROM run WHERE environment = ? AND name = ? AND status = 'running'",
      app.environment, app.name);
}

Status CountRecovery(Connection& connection, RunId run) {
  return connection.Run("UPDATE run SET recoveries = recoveries + 1 WHERE id = ?", run);
}

Status ForgetRecoveries(Connection& connection, RunId run) {
  return connection.Run("UPDATE run SET recoveries = 0 WHERE id = ? AND recoveries > 0", run);
}

Status FinishRunRow(Connection& connection, RunId run, RunStatus status,
                    const std::optional<Error>& error, WallTime now) {
  return connection.Run("UPDATE run SET status = ?, finished_at_ms = ?, error = ? WHERE id = ?",
                        gitops::ToString(status), now, ErrorText(error), run);
}

Result<std::optional<Run>> LoadRunRow(Connection& connection, RunId run, const Plan* plan) {
  Query query(connection, std::string(kSelectRun) + " WHERE id = ?");
  query.Bind(run);
  ASSIGN_OR_RETURN(std::vector<Run> runs, ReadRuns(connection, query, plan));
  if (runs.empty()) return std::optional<Run>();
  return std::optional<Run>(std::move(runs.front()));
}

Result<std::vector<Run>> ListUnfinishedRunRows(Connection& connection) {
  // Left alone, SQLite reads every run there ever was to have them in order.
  Query query(connection, std::string(kSelectRun) +
                              " INDEXED BY run_unfinished WHERE status = 'running' ORDER BY id");
  return ReadRuns(connection, query);
}

Result<std::vector<Run>> ListRunRows(Connection& connection, const AppId& app, int limit) {
  Query query(connection, std::string(kSelectRun) +
                              " WHERE environment = ? AND name = ? ORDER BY id DESC LIMIT ?");
  query.Bind(app.environment).Bind(app.name).Bind(std::max(limit, 0));
  return ReadRuns(connection, query);
}

Status PruneRunPlans(Connection& connection, const AppId& app, int keep) {
  std::vector<std::pair<RunId, std::string>> old;
  {
    Query query(connection,
                "SELECT id, plan FROM run WHERE environment = ? AND name = ? AND has_actions = 1 "
                "ORDER BY id DESC LIMIT ? OFFSET ?");
    query.Bind(app.environment).Bind(app.name).Bind(kPrunedAtOnce).Bind(keep);
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) break;
      old.emplace_back(query.Int64(0), query.Text(1));
    }
  }
  for (const auto& [run, text] : old) {
    ASSIGN_OR_RETURN(Plan plan, DecodePlan(text));
    plan.actions.clear();
    RETURN_IF_ERROR(connection.Run("UPDATE run SET plan = ?, has_actions = 0 WHERE id = ?",
                                   EncodePlan(plan), run));
    RETURN_IF_ERROR(connection.Run("DELETE FROM run_action WHERE run = ?", run));
  }
  return {};
}

Result<ActionRow> LoadActionRow(Connection& connection, RunId run, std::size_t action) {
  Query query(connection,
              "SELECT status, started_at_ms, finished_at_ms, error, record_before, run_before "
              "FROM run_action WHERE run = ? AND position = ?");
  query.Bind(run).Bind(static_cast<std::int64_t>(action));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ActionRow row;
  if (!found) return row;
  RETURN_IF_ERROR(ReadAction(query, 0, row.record));
  ASSIGN_OR_RETURN(row.before, RecordBeforeFrom(query.Text(4)));
  row.run_before = query.Int64(5);
  return row;
}

Status SaveActionRow(Connection& connection, RunId run, std::size_t action, const ActionRow& row) {
  return connection.Run(
      "INSERT INTO run_action "
      "(run, position, status, started_at_ms, finished_at_ms, error, record_before, run_before) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, position) DO UPDATE SET "
      "status = excluded.status, started_at_ms = excluded.started_at_ms, "
      "finished_at_ms = excluded.finished_at_ms, error = excluded.error, "
      "record_before = excluded.record_before, run_before = excluded.run_before",
      run, static_cast<std::int64_t>(action), gitops::ToString(row.record.status),
      row.record.started, row.record.finished, ErrorText(row.record.error), ToString(row.before),
      row.run_before);
}

}  // namespace gitops

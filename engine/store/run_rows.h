// Rows of the tables `run` and `run_action`. Functions without state; the caller holds the
// transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/run.h"
#include "engine/store/sql.h"

namespace gitops {

/// Inserts a run that begins; its id and actions are not looked at. Returns the id.
Result<RunId> InsertRunRow(Connection& connection, const Run& run, std::int64_t app_looks);

/// What must be known of a run to go on with it.
struct RunHead {
  AppId app;
  RunStatus status = RunStatus::kRunning;
  int snapshot = 0;
  std::int64_t app_looks = 0;
};
/// Errors also: kNotFound.
Result<RunHead> LoadRunHead(Connection& connection, RunId run);

/// Errors also: kNotFound.
Result<Plan> LoadRunPlan(Connection& connection, RunId run);

Result<std::optional<RunId>> FindUnfinishedRun(Connection& connection, const AppId& app);

Status CountRecovery(Connection& connection, RunId run);
Status ForgetRecoveries(Connection& connection, RunId run);

Status FinishRunRow(Connection& connection, RunId run, RunStatus status,
                    const std::optional<Error>& error, WallTime now);

/// Whole runs with their actions. `plan`: the run's, when it is at hand; else null, and it is
/// decoded.
Result<std::optional<Run>> LoadRunRow(Connection& connection, RunId run, const Plan* plan);
Result<std::vector<Run>> ListUnfinishedRunRows(Connection& connection);
/// Newest first.
Result<std::vector<Run>> ListRunRows(Connection& connection, const AppId& app, int limit);

/// Takes plans down to their heads, and journals away, for all but the newest `keep` runs of the
/// app; a few at a time.
Status PruneRunPlans(Connection& connection, const AppId& app, int keep);

/// What the step's record was before the action was started.
enum class RecordBefore {
  kNone,  ///< The action was not started: the record is untouched.
  kAbsent,
  kClean,
  kTainted,
  kUnknown,
};

struct ActionRow {
  ActionRecord record;
  RecordBefore before = RecordBefore::kNone;
  RunId run_before = 0;
};

/// A pending action has no row: then the default.
Result<ActionRow> LoadActionRow(Connection& connection, RunId run, std::size_t action);
Status SaveActionRow(Connection& connection, RunId run, std::size_t action, const ActionRow& row);

}  // namespace gitops

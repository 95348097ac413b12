#include "engine/store/step_rows.h"

#include <algorithm>

#include "engine/base/seal.h"
#include "engine/model/codec.h"

namespace gitops {
namespace {

/// Binds sealed outputs to their row: they do not open in the row of another step.
std::string SealPurpose(const AppId& app, const std::string& address) {
  return "recorded_step.outputs:" + app.ToString() + ":" + address;
}

}  // namespace

Result<std::optional<StepMark>> LoadStepMark(Connection& connection, const AppId& app,
                                             const StepAddress& address) {
  Query query(connection,
              "SELECT tainted, outcome_unknown, run FROM recorded_step "
              "WHERE environment = ? AND name = ? AND address = ?");
  query.Bind(app.environment).Bind(app.name).Bind(address.ToString());
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<StepMark>();
  return std::optional<StepMark>(
      StepMark{.tainted = query.Bool(0), .outcome_unknown = query.Bool(1), .run = query.Int64(2)});
}

Status SetStepMark(Connection& connection, const AppId& app, const StepAddress& address,
                   const StepMark& mark) {
  return connection.Run(
      "UPDATE recorded_step SET tainted = ?, outcome_unknown = ?, run = ? "
      "WHERE environment = ? AND name = ? AND address = ?",
      mark.tainted, mark.outcome_unknown, mark.run, app.environment, app.name, address.ToString());
}

Status SaveStepRow(Connection& connection, const Secret& key, const AppId& app,
                   const RecordedStep& step) {
  const std::string address = step.step.address.ToString();
  std::string sealed;
  if (!step.outputs.empty()) {
    sealed = Seal(key, SealPurpose(app, address), EncodeOutputs(step.outputs));
  }
  return connection.Run(
      "INSERT INTO recorded_step "
      "(environment, name, address, step, outputs, tainted, outcome_unknown, run) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (environment, name, address) DO UPDATE SET "
      "step = excluded.step, outputs = excluded.outputs, tainted = excluded.tainted, "
      "outcome_unknown = excluded.outcome_unknown, run = excluded.run",
      app.environment, app.name, address, EncodeStep(step.step), Blob{sealed}, step.tainted,
      step.outcome_unknown, step.run);
}

Status DeleteStepRow(Connection& connection, const AppId& app, const StepAddress& address) {
  return connection.Run(
      "DELETE FROM recorded_step WHERE environment = ? AND name = ? AND address = ?",
      app.environment, app.name, address.ToString());
}

Result<std::vector<StoredStep>> ListStepRows(Connection& connection, const AppId& app) {
  Query query(connection,
              "SELECT address, step, outputs, tainted, outcome_unknown, run FROM recorded_step "
              "WHERE environment = ? AND name = ?");
  query.Bind(app.environment).Bind(app.name);
  std::vector<StoredStep> rows;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return rows;
    rows.push_back(
        {query.Text(0), query.Text(1), query.Text(2),
         StepMark{
             .tainted = query.Bool(3), .outcome_unknown = query.Bool(4), .run = query.Int64(5)}});
  }
}

Result<std::vector<RecordedStep>> DecodeStepRows(const Secret& key, const AppId& app,
                                                 const std::vector<StoredStep>& rows) {
  std::vector<RecordedStep> steps;
  steps.reserve(rows.size());
  for (const StoredStep& row : rows) {
    RecordedStep step;
    ASSIGN_OR_RETURN(step.step, DecodeStep(row.step));
    if (!row.outputs.empty()) {
      ASSIGN_OR_RETURN(const std::string json,
                       Unseal(key, SealPurpose(app, row.address), row.outputs));
      ASSIGN_OR_RETURN(step.outputs, DecodeOutputs(json));
    }
    step.tainted = row.mark.tainted;
    step.outcome_unknown = row.mark.outcome_unknown;
    step.run = row.mark.run;
    steps.push_back(std::move(step));
  }
  std::sort(steps.begin(), steps.end(), [](const RecordedStep& a, const RecordedStep& b) {
    return a.step.address < b.step.address;
  });
  return steps;
}

Status DeleteStepRows(Connection& connection, const AppId& app) {
  return connection.Run("DELETE FROM recorded_step WHERE environment = ? AND name = ?",
                        app.environment, app.name);
}

Status BumpSerial(Connection& connection, const AppId& app) {
  return connection.Run(
      "UPDATE app SET recorded_serial = recorded_serial + 1, recorded_steps = "
      "(SELECT count(*) FROM recorded_step AS step "
      "WHERE step.environment = app.environment AND step.name = app.name) "
      "WHERE environment = ? AND name = ?",
      app.environment, app.name);
}

}  // namespace gitops

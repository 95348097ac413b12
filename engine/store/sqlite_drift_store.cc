#include "engine/store/sqlite_drift_store.h"

#include <string>
#include <utility>

#include "engine/store/event_rows.h"
#include "engine/store/state_database.h"

namespace gitops {
namespace {

constexpr const char* kSelectLook =
    "SELECT environment, name, verdict, reason, serial, checked_at_ms FROM drift";

Result<DriftEntry> ReadEntry(const Query& row) {
  DriftEntry entry;
  entry.app = {row.Text(0), row.Text(1)};
  entry.recorded_serial = static_cast<std::uint64_t>(row.Int64(2));
  entry.suspended = row.Bool(3);
  if (row.IsNull(4)) return entry;
  DriftEntry::Kept& kept = entry.kept.emplace(DriftEntry::Kept{});
  const std::string verdict = row.Text(4);
  ASSIGN_OR_RETURN(kept.verdict, Known(ParseDriftVerdict(verdict), "verdict", verdict));
  kept.serial = static_cast<std::uint64_t>(row.Int64(5));
  kept.checked = row.Time(6);
  return entry;
}

/// The look that a row with environment, name, verdict, reason, serial and time is.
Result<AppDrift> ReadLook(const Query& row) {
  AppDrift drift;
  drift.app = {row.Text(0), row.Text(1)};
  const std::string verdict = row.Text(2);
  ASSIGN_OR_RETURN(drift.verdict, Known(ParseDriftVerdict(verdict), "verdict", verdict));
  drift.reason = row.Text(3);
  drift.serial = static_cast<std::uint64_t>(row.Int64(4));
  drift.checked = row.Time(5);
  return drift;
}

/// The step that a row with address, verdict and detail from `column` on is.
Result<StepDrift> ReadStep(const Query& row, int column) {
  StepDrift step;
  const std::string address = row.Text(column);
  const std::string verdict = row.Text(column + 1);
  ASSIGN_OR_RETURN(step.address, Known(ParseStepAddress(address), "address", address));
  ASSIGN_OR_RETURN(step.verdict, Known(ParseDriftVerdict(verdict), "verdict", verdict));
  step.detail = row.Text(column + 2);
  return step;
}

/// Gives each look its steps; both are sorted by app.
Status AddSteps(Connection& connection, std::vector<AppDrift>& looks) {
  Query query(connection,
              "SELECT environment, name, address, verdict, detail FROM drift_step"
              " ORDER BY environment, name, position");
  auto look = looks.begin();
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return {};
    const AppId app{query.Text(0), query.Text(1)};
    while (look != looks.end() && look->app < app) ++look;
    if (look == looks.end() || look->app != app) continue;
    ASSIGN_OR_RETURN(StepDrift step, ReadStep(query, 2));
    look->steps.push_back(std::move(step));
  }
}

Status SaveRows(Connection& connection, const AppDrift& drift) {
  RETURN_IF_ERROR(connection.Run(
      "INSERT OR REPLACE INTO drift (environment, name, verdict, reason, serial, checked_at_ms)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      drift.app.environment, drift.app.name, ToString(drift.verdict), drift.reason, drift.serial,
      drift.checked));
  RETURN_IF_ERROR(connection.Run("DELETE FROM drift_step WHERE environment = ? AND name = ?",
                                 drift.app.environment, drift.app.name));
  int position = 0;
  for (const StepDrift& step : drift.steps) {
    RETURN_IF_ERROR(connection.Run(
        "INSERT INTO drift_step (environment, name, position, address, verdict, detail)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        drift.app.environment, drift.app.name, position++, step.address.ToString(),
        ToString(step.verdict), step.detail));
  }
  return {};
}

class SqliteDriftStore : public DriftStore {
 public:
  explicit SqliteDriftStore(std::shared_ptr<StateDatabase> database)
      : database_(std::move(database)) {}

  Result<std::vector<DriftEntry>> ListDrift() override {
    return database_->Read([&](Connection& connection) -> Result<std::vector<DriftEntry>> {
      Query query(connection,
                  "SELECT a.environment, a.name, a.recorded_serial, a.suspended_at_ms IS NOT NULL,"
                  " d.verdict, d.serial, d.checked_at_ms FROM app AS a LEFT JOIN drift AS d"
                  " ON d.environment = a.environment AND d.name = a.name"
                  " WHERE a.recorded_steps > 0 ORDER BY a.environment, a.name");
      std::vector<DriftEntry> entries;
      while (true) {
        ASSIGN_OR_RETURN(const bool found, query.Next());
        if (!found) return entries;
        ASSIGN_OR_RETURN(DriftEntry entry, ReadEntry(query));
        entries.push_back(std::move(entry));
      }
    });
  }

  Result<std::vector<AppDrift>> ListLooks(bool steps) override {
    return database_->Read([&](Connection& connection) -> Result<std::vector<AppDrift>> {
      Query query(connection, std::string(kSelectLook) + " ORDER BY environment, name");
      std::vector<AppDrift> looks;
      while (true) {
        ASSIGN_OR_RETURN(const bool found, query.Next());
        if (!found) break;
        ASSIGN_OR_RETURN(AppDrift look, ReadLook(query));
        looks.push_back(std::move(look));
      }
      if (steps && !looks.empty()) RETURN_IF_ERROR(AddSteps(connection, looks));
      return looks;
    });
  }

  Result<std::optional<AppDrift>> LoadDrift(const AppId& app) override {
    return database_->Read([&](Connection& connection) -> Result<std::optional<AppDrift>> {
      Query query(connection, std::string(kSelectLook) + " WHERE environment = ? AND name = ?");
      query.Bind(app.environment).Bind(app.name);
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return std::optional<AppDrift>();
      ASSIGN_OR_RETURN(AppDrift drift, ReadLook(query));
      Query rows(connection,
                 "SELECT address, verdict, detail FROM drift_step"
                 " WHERE environment = ? AND name = ? ORDER BY position");
      rows.Bind(app.environment).Bind(app.name);
      while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.Next());
        if (!more) return std::optional<AppDrift>(std::move(drift));
        ASSIGN_OR_RETURN(StepDrift step, ReadStep(rows, 0));
        drift.steps.push_back(std::move(step));
      }
    });
  }

  Status SaveDrift(const AppDrift& drift, const std::vector<Event>& events) override {
    return database_->Write([&](Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const auto there,
                       connection.Number("SELECT 1 FROM app WHERE environment = ? AND name = ?",
                                         drift.app.environment, drift.app.name));
      if (!there) return {};  // It went while it was looked at.
      RETURN_IF_ERROR(SaveRows(connection, drift));
      for (const Event& event : events) {
        RETURN_IF_ERROR(AppendEventRow(connection, event, database_->clock().Now()));
      }
      return {};
    });
  }

 private:
  const std::shared_ptr<StateDatabase> database_;
};

}  // namespace

std::unique_ptr<DriftStore> MakeSqliteDriftStore(std::shared_ptr<StateDatabase> database) {
  return std::make_unique<SqliteDriftStore>(std::move(database));
}

}  // namespace gitops

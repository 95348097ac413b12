#include "engine/store/sqlite_store.h"

#include <map>
#include <mutex>
#include <utility>

#include "engine/store/app_rows.h"
#include "engine/store/backup.h"
#include "engine/store/event_rows.h"
#include "engine/store/journal.h"
#include "engine/store/run_rows.h"
#include "engine/store/snapshot_rows.h"
#include "engine/store/source_rows.h"
#include "engine/store/state_database.h"
#include "engine/store/state_file.h"
#include "engine/store/step_rows.h"

namespace gitops {
namespace {

class SqliteStore : public Store {
 public:
  explicit SqliteStore(std::shared_ptr<StateDatabase> database)
      : database_(std::move(database)), options_(database_->options()) {}

  // --- Sources

  Result<std::vector<SourceRecord>> LoadSources() override {
    return Read([](Connection& connection) { return ListSourceRows(connection); });
  }

  Status RecordSourceSync(const SourceSync& sync) override {
    return Write([&](Connection& connection) -> Status {
      RETURN_IF_ERROR(SaveSourceRow(connection, sync.source));
      if (!sync.only_looks) return SaveAppsAndEvents(connection, sync.apps, sync.events);
      for (const AppRecord& app : sync.apps) RETURN_IF_ERROR(SaveLook(connection, app));
      return SaveAppsAndEvents(connection, {}, sync.events);
    });
  }

  Status ForgetSource(const std::string& name) override {
    return Write([&](Connection& connection) { return DeleteSourceRow(connection, name); });
  }

  // --- Apps

  Result<std::optional<AppRecord>> LoadApp(const AppId& id) override {
    return Read([&](Connection& connection) { return LoadAppRow(connection, id); });
  }

  Result<std::vector<AppRecord>> ListApps(const AppFilter& filter) override {
    return Read([&](Connection& connection) { return ListAppRows(connection, filter); });
  }

  Result<std::vector<AppPlace>> ListPlaces(const std::string& source) override {
    return Read([&](Connection& connection) { return ListPlaceRows(connection, source); });
  }

  Result<std::size_t> CountApps(const AppFilter& filter) override {
    return Read([&](Connection& connection) { return CountAppRows(connection, filter); });
  }

  Result<std::vector<AppRecord>> FindAppsAt(const std::string& source,
                                            const std::vector<std::string>& directories) override {
    return Read(
        [&](Connection& connection) { return FindAppRowsAt(connection, source, directories); });
  }

  Status SaveApps(const std::vector<AppRecord>& apps, const std::vector<Event>& events) override {
    return Write(
        [&](Connection& connection) { return SaveAppsAndEvents(connection, apps, events); });
  }

  Result<std::vector<AppRecord>> UpdateApps(const std::vector<AppId>& ids,
                                            const std::function<void(AppRecord&)>& change,
                                            const std::vector<Event>& events) override {
    return Write([&](Connection& connection) -> Result<std::vector<AppRecord>> {
      std::vector<AppRecord> apps;
      for (const AppId& id : ids) {
        ASSIGN_OR_RETURN(auto app, LoadAppRow(connection, id));
        if (!app) continue;
        change(*app);
        apps.push_back(*std::move(app));
      }
      RETURN_IF_ERROR(SaveAppsAndEvents(connection, apps, events));
      return apps;
    });
  }

  Status ForgetApp(const AppId& id, const std::vector<Event>& events) override {
    return Write([&](Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const auto unfinished, FindUnfinishedRun(connection, id));
      if (unfinished) {
        return MakeError(ErrorKind::kConflict, "the app has an unfinished run",
                         id.ToString() + " cannot be forgotten before run " +
                             std::to_string(*unfinished) + " is finished");
      }
      RETURN_IF_ERROR(DeleteAppRow(connection, id));
      return SaveAppsAndEvents(connection, {}, events);
    });
  }

  Result<RecordedState> LoadRecorded(const AppId& id) override {
    RecordedState recorded;
    recorded.app = id;
    ASSIGN_OR_RETURN(
        const auto rows, Read([&](Connection& connection) -> Result<std::vector<StoredStep>> {
          ASSIGN_OR_RETURN(const auto serial,
                           connection.Number(
                               "SELECT recorded_serial FROM app WHERE environment = ? AND name = ?",
                               id.environment, id.name));
          recorded.serial = static_cast<std::uint64_t>(serial.value_or(0));
          return ListStepRows(connection, id);
        }));
    ASSIGN_OR_RETURN(recorded.steps, DecodeStepRows(options_.seal_key, id, rows));
    return recorded;
  }

  // --- Runs

  Result<RunId> BeginRun(const NewRun& run) override {
    auto id = Write([&](Connection& connection) -> Result<RunId> {
      ASSIGN_OR_RETURN(const RunId begun, gitops::BeginRun(Journal(connection), run));
      RETURN_IF_ERROR(PruneEventRows(connection, options_.max_events));
      return begun;
    });
    if (id) RememberPlan(*id, run.plan);
    return id;
  }

  Status MarkStarted(RunId run, std::size_t action) override {
    return Write([&](Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const auto plan, PlanOf(connection, run));
      return gitops::MarkStarted(Journal(connection), run, *plan, action);
    });
  }

  Status MarkReplaced(RunId run, std::size_t action) override {
    return Write([&](Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const auto plan, PlanOf(connection, run));
      return gitops::MarkReplaced(Journal(connection), run, *plan, action);
    });
  }

  Status MarkFinished(RunId run, std::size_t action, const ActionOutcome& outcome) override {
    return Write([&](Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const auto plan, PlanOf(connection, run));
      return gitops::MarkFinished(Journal(connection), run, *plan, action, outcome);
    });
  }

  Status MarkGoneOn(RunId run, const std::vector<FinishedAction>& finished,
                    std::size_t next) override {
    return Write([&](Connection& connection) -> Status {
      RETURN_IF_ERROR(MarkAllFinished(connection, run, finished));
      ASSIGN_OR_RETURN(const auto plan, PlanOf(connection, run));
      return gitops::MarkStarted(Journal(connection), run, *plan, next);
    });
  }

  Status FinishRun(RunId run, const RunOutcome& outcome) override {
    Status status = Write([&](Connection& connection) -> Status {
      RETURN_IF_ERROR(MarkAllFinished(connection, run, outcome.finished));
      RETURN_IF_ERROR(gitops::FinishRun(Journal(connection), run, outcome));
      return PruneEventRows(connection, options_.max_events);
    });
    if (status) ForgetPlan(run);
    // The app is done: nobody waits any more, unlike for a plan or for what a webhook brought.
    if (status) database_->ShortenLog();
    return status;
  }

  Status MarkRecovered(RunId run, const Event& event) override {
    return Write([&](Connection& connection) -> Status {
      RETURN_IF_ERROR(gitops::MarkRecovered(Journal(connection), run, event));
      return PruneEventRows(connection, options_.max_events);
    });
  }

  Status MarkStopped(RunId run) override {
    return Write([&](Connection& connection) { return ForgetRecoveries(connection, run); });
  }

  Result<std::vector<Run>> UnfinishedRuns() override {
    return Read([](Connection& connection) { return ListUnfinishedRunRows(connection); });
  }

  Result<std::optional<Run>> LoadRun(RunId run) override {
    const std::shared_ptr<const Plan> plan = RememberedPlan(run);
    return Read([&](Connection& connection) { return LoadRunRow(connection, run, plan.get()); });
  }

  Result<std::vector<Run>> ListRuns(const AppId& app, int limit) override {
    return Read([&](Connection& connection) { return ListRunRows(connection, app, limit); });
  }

  // --- Snapshots

  Result<int> NextSnapshotNumber(const AppId& app) override {
    return Read([&](Connection& connection) { return NextSnapshotRowNumber(connection, app); });
  }

  Result<std::vector<Snapshot>> ListSnapshots(const AppId& app) override {
    return Read([&](Connection& connection) { return ListSnapshotRows(connection, app); });
  }

  Result<std::vector<Snapshot>> ListAllSnapshots(const AppFilter& filter) override {
    return Read([&](Connection& connection) { return ListAllSnapshotRows(connection, filter); });
  }

  Result<std::optional<Snapshot>> LoadSnapshot(const AppId& app, int number) override {
    return Read([&](Connection& connection) { return LoadSnapshotRow(connection, app, number); });
  }

  // --- Events

  Status AppendEvents(const std::vector<Event>& events) override {
    return Write([&](Connection& connection) { return SaveAppsAndEvents(connection, {}, events); });
  }

  Result<std::vector<Event>> ListEvents(const EventFilter& filter) override {
    return Read([&](Connection& connection) { return ListEventRows(connection, filter); });
  }

  // --- Care

  Status Backup(const std::string& file) override {
    return database_->Look([&](Connection& connection) -> Status {
      if (Status status = CopyDatabase(connection, file); !status) {
        return std::move(status).error().WithContext("backing up to " + file);
      }
      return {};
    });
  }

  Status CheckIntegrity() override {
    return database_->Look(
        [](Connection& connection) { return CheckDatabaseIntegrity(connection); });
  }

 private:
  JournalContext Journal(Connection& connection) const {
    return {.connection = connection,
            .seal_key = options_.seal_key,
            .now = database_->clock().Now(),
            .kept_plans = options_.kept_plans};
  }

  template <typename Body>
  auto Read(Body body) -> decltype(body(std::declval<Connection&>())) {
    return database_->Read(std::move(body));
  }

  template <typename Body>
  auto Write(Body body) -> decltype(body(std::declval<Connection&>())) {
    return database_->Write(std::move(body));
  }

  Status MarkAllFinished(Connection& connection, RunId run,
                         const std::vector<FinishedAction>& finished) {
    if (finished.empty()) return {};
    ASSIGN_OR_RETURN(const auto plan, PlanOf(connection, run));
    for (const FinishedAction& each : finished) {
      RETURN_IF_ERROR(
          gitops::MarkFinished(Journal(connection), run, *plan, each.action, each.outcome));
    }
    return {};
  }

  static Status SaveLook(Connection& connection, const AppRecord& app) {
    ASSIGN_OR_RETURN(const auto row, LoadAppRow(connection, app.id));
    AppRecord merged = row.value_or(app);
    TakeLook(merged, app);
    merged.diagnostics = app.diagnostics;
    merged.dirty = merged.dirty || app.dirty;
    return SaveAppRow(connection, merged, AppWriter::kLook);
  }

  Status SaveAppsAndEvents(Connection& connection, const std::vector<AppRecord>& apps,
                           const std::vector<Event>& events) {
    for (const AppRecord& app : apps) {
      RETURN_IF_ERROR(SaveAppRow(connection, app, AppWriter::kLook));
    }
    if (events.empty()) return {};
    const WallTime now = database_->clock().Now();
    for (const Event& event : events) RETURN_IF_ERROR(AppendEventRow(connection, event, now));
    return PruneEventRows(connection, options_.max_events);
  }

  // Plans of unfinished runs, so that each mark in the journal need not decode them again.

  void RememberPlan(RunId run, const Plan& plan) {
    const std::lock_guard lock(plans_mutex_);
    plans_[run] = std::make_shared<const Plan>(plan);
  }

  std::shared_ptr<const Plan> RememberedPlan(RunId run) {
    const std::lock_guard lock(plans_mutex_);
    const auto found = plans_.find(run);
    return found == plans_.end() ? nullptr : found->second;
  }

  void ForgetPlan(RunId run) {
    const std::lock_guard lock(plans_mutex_);
    plans_.erase(run);
  }

  Result<std::shared_ptr<const Plan>> PlanOf(Connection& connection, RunId run) {
    const std::lock_guard lock(plans_mutex_);
    if (const auto found = plans_.find(run); found != plans_.end()) return found->second;
    ASSIGN_OR_RETURN(Plan plan, LoadRunPlan(connection, run));
    auto shared = std::make_shared<const Plan>(std::move(plan));
    plans_[run] = shared;
    return std::shared_ptr<const Plan>(shared);
  }

  const std::shared_ptr<StateDatabase> database_;
  const SqliteStoreOptions& options_;
  std::mutex plans_mutex_;  ///< Guards plans_. Taken inside a write, never around one.
  std::map<RunId, std::shared_ptr<const Plan>> plans_;
};

}  // namespace

std::unique_ptr<Store> MakeSqliteStore(std::shared_ptr<StateDatabase> database) {
  return std::make_unique<SqliteStore>(std::move(database));
}

Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options,
                                               const Clock& clock, WorkCounters& counters) {
  ASSIGN_OR_RETURN(auto database, StateDatabase::Open(options, clock, counters));
  return MakeSqliteStore(std::move(database));
}

}  // namespace gitops

// Store: the durable truth. Methods say what is meant; there is no SQL outside this folder.
// Every method is one transaction: when it returns success, it is on disk; when it fails, nothing
// of it is. Every write carries the lease epoch this process took at start and is refused with
// kConflict when another process took the lease since. Thread-safe. Errors of all methods:
// kConflict (lease lost, database busy), kTransient (disk full, I/O), kCorruption (database damaged
// or not ours).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/app_record.h"
#include "engine/model/event.h"
#include "engine/model/recorded_state.h"
#include "engine/model/run.h"
#include "engine/model/snapshot.h"
#include "engine/model/source.h"

namespace gitops {

/// What one look at a source changed. Written in one transaction.
struct SourceSync {
  SourceRecord source;
  std::vector<AppRecord> apps;  ///< Inserted or replaced whole (see SaveApps).
  std::vector<Event> events;
  /// Apps are worked on beside this look: of those that are stored already only what it found
  /// (TakeLook), the diagnostics and `dirty` are taken.
  bool only_looks = false;
};

/// A manifest's place and fingerprint without the rest of the app: for full comparisons.
struct AppPlace {
  std::string directory;
  ObjectId tree;
  Presence presence = Presence::kPresent;
};

struct NewRun {
  Plan plan;
  /// The plan's first action is marked started, too (MarkStarted). REQUIRES: there is one.
  bool starts = false;
  RunTrigger trigger = RunTrigger::kSync;
  /// None for a deletion. Number from NextSnapshotNumber, or 0 for the next one; an existing number
  /// is replaced. Its run is set by the store, its time too when it has none.
  std::optional<Snapshot> snapshot;
  AppRecord app;  ///< As it is to be while the run is under way; last_run is set by the store.
  std::vector<Event> events;  ///< Those of this app with run 0 get the new run.
};

struct ActionOutcome {
  ActionStatus status = ActionStatus::kSucceeded;
  std::optional<Error> error;
  /// kSucceeded of anything but a delete: the step as it is to be recorded, and its outputs.
  std::optional<RecordedStep> recorded;
};

/// An action that has an outcome.
struct FinishedAction {
  std::size_t action = 0;
  ActionOutcome outcome;
};

struct RunOutcome {
  RunStatus status = RunStatus::kSucceeded;
  /// The last outcomes, when the journal has them not yet; recorded first, as MarkFinished does.
  std::vector<FinishedAction> finished;
  std::optional<Error> error;
  /// As it is after the run (serial fields and last_run are the store's). What was saved since
  /// BeginRun is newer: the fields of SameLook stay, suspension, `dirty` if it is set, and after a
  /// success that nothing is rejected and pinned any more.
  AppRecord app;
  bool snapshot_healthy = false;       ///< Mark the run's snapshot healthy.
  std::vector<int> dropped_snapshots;  ///< No longer kept; their rows go.
  std::vector<Event> events;           ///< Those of this app with run 0 get this run.
  /// After a complete deletion: the app's rows go, its events and runs stay. Not done when a look
  /// found the app present again since BeginRun.
  bool forget_app = false;
  /// After a deletion whose app stays known (it is still in Git): every recorded step goes, hooks
  /// too.
  bool forget_steps = false;
};

struct AppFilter {
  std::string environment;      ///< "" for all.
  std::string source;           ///< "" for all.
  std::string name;             ///< "" for all; else the apps with this name, in any environment.
  bool needing_work = false;    ///< Only dirty ones, due retries and apps with an unfinished run.
  WallTime now{};               ///< For due retries.
  bool owing_rollback = false;  ///< Only apps with an automatic rollback that has not begun.
};

struct EventFilter {
  std::optional<AppId> app;
  std::string source;
  std::int64_t after_id = 0;  ///< 0: the newest `limit` events; else those that follow this one.
  int limit = 100;
};

class Store {
 public:
  virtual ~Store() = default;

  // --- Sources
  virtual Result<std::vector<SourceRecord>> LoadSources() = 0;
  /// Upserts the source, its apps and events.
  virtual Status RecordSourceSync(const SourceSync& sync) = 0;
  /// Removes a source that is no longer configured; REQUIRES that no app belongs to it.
  virtual Status ForgetSource(const std::string& name) = 0;

  // --- Apps
  virtual Result<std::optional<AppRecord>> LoadApp(const AppId& id) = 0;
  /// Sorted by id.
  virtual Result<std::vector<AppRecord>> ListApps(const AppFilter& filter) = 0;
  /// The places of all apps of a source, sorted by directory: cheap, for full comparisons.
  virtual Result<std::vector<AppPlace>> ListPlaces(const std::string& source) = 0;
  virtual Result<std::size_t> CountApps(const AppFilter& filter) = 0;
  /// The apps of a source whose directory is one of `directories`.
  virtual Result<std::vector<AppRecord>> FindAppsAt(
      const std::string& source, const std::vector<std::string>& directories) = 0;
  /// Inserts or replaces app rows (not their recorded steps, serial and has_recorded_steps, which
  /// only runs change; last_run never goes back) and appends events. Rows that are the same already
  /// are not written.
  virtual Status SaveApps(const std::vector<AppRecord>& apps, const std::vector<Event>& events) = 0;
  /// Loads those of the apps that are there, changes them and saves them as SaveApps does, all in
  /// one transaction: nobody else's change between loading and saving is lost. Returns them as they
  /// are now, in the order of `ids`. `change` must not call the store and may be called again.
  virtual Result<std::vector<AppRecord>> UpdateApps(const std::vector<AppId>& ids,
                                                    const std::function<void(AppRecord&)>& change,
                                                    const std::vector<Event>& events) = 0;
  /// Removes the app's row, recorded steps and snapshots; its events and runs stay. Errors also:
  /// kConflict when it has an unfinished run.
  virtual Status ForgetApp(const AppId& id, const std::vector<Event>& events) = 0;
  /// Serial 0 and no steps for an app that is not there.
  virtual Result<RecordedState> LoadRecorded(const AppId& id) = 0;

  // --- Runs: the journal. Errors also: kNotFound (no such run), kConflict (the run is over, the
  // action has succeeded or was skipped).
  /// Plan and snapshot become durable before the first effect. Errors also: kConflict when the app
  /// has an unfinished run, its recorded serial is not the plan's, or since `run.app` was loaded a
  /// look found it changed (SameLook) or a person suspended it.
  virtual Result<RunId> BeginRun(const NewRun& run) = 0;
  /// Intent: the action's step becomes tainted in the record. An action that failed or whose
  /// outcome is unknown may be started again. REQUIRES: action < number of the plan's actions.
  virtual Status MarkStarted(RunId run, std::size_t action) = 0;
  /// Half of a replacement is done: what the old driver made is gone. The record now tells of a
  /// step of the new driver that has not succeeded yet, so that whatever comes next removes what
  /// that one makes. REQUIRES: the action replaces and was started.
  virtual Status MarkReplaced(RunId run, std::size_t action) = 0;
  /// Outcome: success replaces (or, for a delete, removes) the recorded step; failure leaves it
  /// tainted; kUnknown also sets its outcome_unknown; kSkipped clears a taint set by MarkStarted.
  /// REQUIRES: an outcome (not kPending, kRunning), and `recorded` as ActionOutcome says.
  virtual Status MarkFinished(RunId run, std::size_t action, const ActionOutcome& outcome) = 0;
  /// From one effect to the next: MarkFinished of each of `finished`, then MarkStarted of `next`.
  virtual Status MarkGoneOn(RunId run, const std::vector<FinishedAction>& finished,
                            std::size_t next) = 0;
  /// Ends the run. Runs older than the app's newest 50 keep their head and lose their actions.
  virtual Status FinishRun(RunId run, const RunOutcome& outcome) = 0;
  /// An unfinished run was taken up again after a crash: raises Run::recoveries, appends the event.
  /// An action that succeeds after that sets them back to 0.
  virtual Status MarkRecovered(RunId run, const Event& event) = 0;
  /// The run was stopped on request: that is no crash, so its recoveries start to count anew.
  virtual Status MarkStopped(RunId run) = 0;
  virtual Result<std::vector<Run>> UnfinishedRuns() = 0;
  virtual Result<std::optional<Run>> LoadRun(RunId run) = 0;
  /// Newest first.
  virtual Result<std::vector<Run>> ListRuns(const AppId& app, int limit) = 0;

  // --- Snapshots
  /// The number of the app's next snapshot: one that no snapshot or run of it ever had.
  virtual Result<int> NextSnapshotNumber(const AppId& app) = 0;
  /// Newest first.
  virtual Result<std::vector<Snapshot>> ListSnapshots(const AppId& app) = 0;
  /// Of all apps that pass the filter, sorted by app, newest first within one.
  virtual Result<std::vector<Snapshot>> ListAllSnapshots(const AppFilter& filter) = 0;
  virtual Result<std::optional<Snapshot>> LoadSnapshot(const AppId& app, int number) = 0;

  // --- Events: an event without a time happens now. The newest 100,000 are kept.
  virtual Status AppendEvents(const std::vector<Event>& events) = 0;
  /// Oldest first.
  virtual Result<std::vector<Event>> ListEvents(const EventFilter& filter) = 0;

  // --- Care
  /// Writes a consistent copy of the database to `file`, which must not exist.
  virtual Status Backup(const std::string& file) = 0;
  /// Reads the whole database and checks its structure and references. Takes time: for `doctor`.
  /// Errors also: kCorruption with what was found.
  virtual Status CheckIntegrity() = 0;
};

}  // namespace gitops

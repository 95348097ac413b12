// Store: the durable truth. Methods say what is meant; there is no SQL outside this folder.
// Every method is one transaction: when it returns success, it is on disk; when it fails, nothing
// of it is. Every write carries the lease epoch this process took at start and is refused with
// kConflict when another process took the lease since. Thread-safe. Errors of all methods:
// kConflict (lease lost, database busy), kTransient (disk full, I/O), kCorruption (database damaged
// or not ours).
#pragma once

#include <cstdint>
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
};

/// A manifest's place and fingerprint without the rest of the app: for full comparisons.
struct AppPlace {
  AppId id;
  std::string directory;
  ObjectId tree;
  Presence presence = Presence::kPresent;
};

struct NewRun {
  Plan plan;
  RunTrigger trigger = RunTrigger::kSync;
  std::optional<Snapshot> snapshot;  ///< Number set by NextSnapshotNumbers; none for a deletion.
  AppRecord app;                     ///< As it is to be while the run is under way.
  std::vector<Event> events;
};

struct ActionOutcome {
  ActionStatus status = ActionStatus::kSucceeded;
  std::optional<Error> error;
  /// kSucceeded of anything but a delete: the step as it is to be recorded, and its outputs.
  std::optional<RecordedStep> recorded;
};

struct RunOutcome {
  RunStatus status = RunStatus::kSucceeded;
  std::optional<Error> error;
  AppRecord app;                       ///< As it is after the run (serial fields are the store's).
  bool snapshot_healthy = false;       ///< Mark the run's snapshot healthy.
  std::vector<int> dropped_snapshots;  ///< No longer kept; their rows go.
  std::vector<Event> events;
  bool forget_app =
      false;  ///< After a complete deletion: the app's rows go, its events and runs stay.
};

struct AppFilter {
  std::string environment;    ///< "" for all.
  std::string source;         ///< "" for all.
  bool needing_work = false;  ///< Only dirty ones, due retries and unfinished business.
  WallTime now{};             ///< For due retries.
};

struct EventFilter {
  std::optional<AppId> app;
  std::string source;
  std::int64_t after_id = 0;
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
  /// The places of all apps of a source: cheap, for full comparisons.
  virtual Result<std::vector<AppPlace>> ListPlaces(const std::string& source) = 0;
  virtual Result<std::size_t> CountApps(const AppFilter& filter) = 0;
  /// The apps of a source whose directory is one of `directories`.
  virtual Result<std::vector<AppRecord>> FindAppsAt(
      const std::string& source, const std::vector<std::string>& directories) = 0;
  /// Inserts or replaces app rows (not their recorded steps, serial and has_recorded_steps, which
  /// only runs change) and appends events.
  virtual Status SaveApps(const std::vector<AppRecord>& apps, const std::vector<Event>& events) = 0;
  virtual Status ForgetApp(const AppId& id, const std::vector<Event>& events) = 0;
  virtual Result<RecordedState> LoadRecorded(const AppId& id) = 0;

  // --- Runs: the journal
  /// Plan and snapshot become durable before the first effect. Errors also: kConflict when the app
  /// has an unfinished run or its recorded serial is not the plan's.
  virtual Result<RunId> BeginRun(const NewRun& run) = 0;
  /// Intent: the action's step becomes tainted in the record.
  virtual Status MarkStarted(RunId run, std::size_t action) = 0;
  /// Outcome: success replaces (or, for a delete, removes) the recorded step; failure leaves it
  /// tainted; kUnknown also sets its outcome_unknown; kSkipped clears a taint set by MarkStarted.
  virtual Status MarkFinished(RunId run, std::size_t action, const ActionOutcome& outcome) = 0;
  virtual Status FinishRun(RunId run, const RunOutcome& outcome) = 0;
  /// An unfinished run was taken up again after a crash: raises Run::recoveries, appends the event.
  virtual Status MarkRecovered(RunId run, const Event& event) = 0;
  virtual Result<std::vector<Run>> UnfinishedRuns() = 0;
  virtual Result<std::optional<Run>> LoadRun(RunId run) = 0;
  /// Newest first.
  virtual Result<std::vector<Run>> ListRuns(const AppId& app, int limit) = 0;

  // --- Snapshots
  /// Newest first.
  virtual Result<std::vector<Snapshot>> ListSnapshots(const AppId& app) = 0;
  virtual Result<std::optional<Snapshot>> LoadSnapshot(const AppId& app, int number) = 0;

  // --- Events
  virtual Status AppendEvents(const std::vector<Event>& events) = 0;
  /// Oldest first.
  virtual Result<std::vector<Event>> ListEvents(const EventFilter& filter) = 0;

  // --- Care
  /// Writes a consistent copy of the database to `file`, which must not exist.
  virtual Status Backup(const std::string& file) = 0;
};

}  // namespace gitops

#include "engine/reconcile/observed_store.h"

#include <algorithm>

namespace gitops {
namespace {

std::chrono::microseconds Since(MonotonicTime from, MonotonicTime to) {
  return std::max(std::chrono::microseconds(0),
                  std::chrono::duration_cast<std::chrono::microseconds>(to - from));
}

}  // namespace

template <typename Call>
auto ObservedStore::Timed(std::string_view name, const Call& call) -> decltype(call()) {
  const MonotonicTime from = clock_.MonotonicNow();
  auto result = call();
  observer_.OnStoreCall(name, Since(from, clock_.MonotonicNow()), !result.has_value());
  return result;
}

ObservedStore::Underway ObservedStore::Take(const Run& run, const std::string& source,
                                            MonotonicTime now) {
  Underway underway;
  underway.run = ObservedRun{.run = run.id,
                             .app = run.plan.app,
                             .source = source,
                             .revision = run.plan.revision,
                             .kind = run.plan.kind,
                             .trigger = run.trigger,
                             .status = RunStatus::kRunning,
                             .started = run.started,
                             .finished = {},
                             .took = {}};
  underway.since = now;
  for (const Action& action : run.plan.actions) {
    underway.steps.push_back(
        {action.step.address.phase, action.step.address.ToString(), run.started, now});
  }
  return underway;
}

void ObservedStore::TakeUp(const Run& run) {
  const MonotonicTime now = clock_.MonotonicNow();
  const std::lock_guard lock(mutex_);
  underway_.try_emplace(run.id, Take(run, "", now));
}

void ObservedStore::Started(RunId run, std::size_t action) {
  const WallTime now = clock_.Now();
  const MonotonicTime monotonic = clock_.MonotonicNow();
  const std::lock_guard lock(mutex_);
  const auto found = underway_.find(run);
  if (found == underway_.end() || action >= found->second.steps.size()) return;
  found->second.steps[action].started = now;
  found->second.steps[action].since = monotonic;
}

void ObservedStore::TellFinished(RunId run, const std::vector<FinishedAction>& finished) {
  for (const FinishedAction& each : finished) {
    const auto observed = Finished(run, each.action, each.outcome.status);
    if (observed) observer_.OnActionFinished(*observed);
  }
}

std::optional<ObservedAction> ObservedStore::Finished(RunId run, std::size_t action,
                                                      ActionStatus status) {
  const WallTime now = clock_.Now();
  const MonotonicTime monotonic = clock_.MonotonicNow();
  const std::lock_guard lock(mutex_);
  const auto found = underway_.find(run);
  if (found == underway_.end() || action >= found->second.steps.size()) return std::nullopt;
  const Underway::Step& step = found->second.steps[action];
  return ObservedAction{.run = run,
                        .app = found->second.run.app,
                        .phase = step.phase,
                        .address = step.address,
                        .status = status,
                        .started = step.started,
                        .finished = now,
                        .took = Since(step.since, monotonic)};
}

Result<std::vector<SourceRecord>> ObservedStore::LoadSources() {
  return Timed("LoadSources", [&] { return inner_.LoadSources(); });
}

Status ObservedStore::RecordSourceSync(const SourceSync& sync) {
  Status status = Timed("RecordSourceSync", [&] { return inner_.RecordSourceSync(sync); });
  if (!status) return status;
  observer_.OnSourceLook(sync.source, clock_.Now());
  for (const AppRecord& app : sync.apps) observer_.OnAppSaved(app);
  if (!sync.events.empty()) observer_.OnEvents();
  return status;
}

Status ObservedStore::ForgetSource(const std::string& name) {
  Status status = Timed("ForgetSource", [&] { return inner_.ForgetSource(name); });
  if (status) observer_.OnSourceForgotten(name);
  return status;
}

Result<std::optional<AppRecord>> ObservedStore::LoadApp(const AppId& id) {
  return Timed("LoadApp", [&] { return inner_.LoadApp(id); });
}

Result<std::vector<AppRecord>> ObservedStore::ListApps(const AppFilter& filter) {
  return Timed("ListApps", [&] { return inner_.ListApps(filter); });
}

Result<std::vector<AppPlace>> ObservedStore::ListPlaces(const std::string& source) {
  return Timed("ListPlaces", [&] { return inner_.ListPlaces(source); });
}

Result<std::size_t> ObservedStore::CountApps(const AppFilter& filter) {
  return Timed("CountApps", [&] { return inner_.CountApps(filter); });
}

Result<std::vector<AppRecord>> ObservedStore::FindAppsAt(
    const std::string& source, const std::vector<std::string>& directories) {
  return Timed("FindAppsAt", [&] { return inner_.FindAppsAt(source, directories); });
}

Status ObservedStore::SaveApps(const std::vector<AppRecord>& apps,
                               const std::vector<Event>& events) {
  Status status = Timed("SaveApps", [&] { return inner_.SaveApps(apps, events); });
  if (!status) return status;
  for (const AppRecord& app : apps) observer_.OnAppSaved(app);
  if (!events.empty()) observer_.OnEvents();
  return status;
}

Result<std::vector<AppRecord>> ObservedStore::UpdateApps(
    const std::vector<AppId>& ids, const std::function<void(AppRecord&)>& change,
    const std::vector<Event>& events) {
  auto apps = Timed("UpdateApps", [&] { return inner_.UpdateApps(ids, change, events); });
  if (!apps) return apps;
  for (const AppRecord& app : *apps) observer_.OnAppSaved(app);
  if (!events.empty()) observer_.OnEvents();
  return apps;
}

Status ObservedStore::ForgetApp(const AppId& id, const std::vector<Event>& events) {
  Status status = Timed("ForgetApp", [&] { return inner_.ForgetApp(id, events); });
  if (!status) return status;
  observer_.OnAppForgotten(id);
  if (!events.empty()) observer_.OnEvents();
  return status;
}

Result<RecordedState> ObservedStore::LoadRecorded(const AppId& id) {
  return Timed("LoadRecorded", [&] { return inner_.LoadRecorded(id); });
}

Result<RunId> ObservedStore::BeginRun(const NewRun& run) {
  Result<RunId> id = Timed("BeginRun", [&] { return inner_.BeginRun(run); });
  if (!id) return id;
  Run begun;
  begun.id = *id;
  begun.plan = run.plan;
  begun.trigger = run.trigger;
  begun.started = clock_.Now();
  Underway underway = Take(begun, run.app.source, clock_.MonotonicNow());
  const ObservedRun observed = underway.run;
  {
    const std::lock_guard lock(mutex_);
    underway_.insert_or_assign(*id, std::move(underway));
  }
  observer_.OnAppSaved(run.app);
  observer_.OnRunBegun(observed);
  if (!run.events.empty()) observer_.OnEvents();
  return id;
}

Status ObservedStore::MarkStarted(RunId run, std::size_t action) {
  Status status = Timed("MarkStarted", [&] { return inner_.MarkStarted(run, action); });
  if (status) Started(run, action);
  return status;
}

Status ObservedStore::MarkReplaced(RunId run, std::size_t action) {
  return Timed("MarkReplaced", [&] { return inner_.MarkReplaced(run, action); });
}

Status ObservedStore::MarkFinished(RunId run, std::size_t action, const ActionOutcome& outcome) {
  Status status = Timed("MarkFinished", [&] { return inner_.MarkFinished(run, action, outcome); });
  if (status) TellFinished(run, {{action, outcome}});
  return status;
}

Status ObservedStore::MarkGoneOn(RunId run, const std::vector<FinishedAction>& finished,
                                 std::size_t next) {
  Status status = Timed("MarkGoneOn", [&] { return inner_.MarkGoneOn(run, finished, next); });
  if (!status) return status;
  TellFinished(run, finished);
  Started(run, next);
  return status;
}

Status ObservedStore::FinishRun(RunId run, const RunOutcome& outcome) {
  Status status = Timed("FinishRun", [&] { return inner_.FinishRun(run, outcome); });
  if (!status) return status;
  TellFinished(run, outcome.finished);
  if (outcome.forget_app) {
    observer_.OnAppForgotten(outcome.app.id);
  } else {
    observer_.OnAppSaved(outcome.app);
  }
  std::optional<Underway> ended;
  {
    const std::lock_guard lock(mutex_);
    if (auto node = underway_.extract(run); !node.empty()) ended = std::move(node.mapped());
  }
  if (ended) {
    ended->run.source = outcome.app.source;
    ended->run.status = outcome.status;
    ended->run.finished = clock_.Now();
    ended->run.took = Since(ended->since, clock_.MonotonicNow());
    observer_.OnRunFinished(ended->run);
  }
  if (!outcome.events.empty()) observer_.OnEvents();
  return status;
}

Status ObservedStore::MarkRecovered(RunId run, const Event& event) {
  Status status = Timed("MarkRecovered", [&] { return inner_.MarkRecovered(run, event); });
  if (status) observer_.OnEvents();
  return status;
}

Status ObservedStore::MarkStopped(RunId run) {
  Status status = Timed("MarkStopped", [&] { return inner_.MarkStopped(run); });
  if (!status) return status;
  {
    const std::lock_guard lock(mutex_);
    underway_.erase(run);
  }
  observer_.OnRunStopped(run);
  return status;
}

Result<std::vector<Run>> ObservedStore::UnfinishedRuns() {
  auto runs = Timed("UnfinishedRuns", [&] { return inner_.UnfinishedRuns(); });
  if (!runs) return runs;
  for (const Run& run : *runs) TakeUp(run);
  return runs;
}

Result<std::optional<Run>> ObservedStore::LoadRun(RunId run) {
  return Timed("LoadRun", [&] { return inner_.LoadRun(run); });
}

Result<std::vector<Run>> ObservedStore::ListRuns(const AppId& app, int limit) {
  return Timed("ListRuns", [&] { return inner_.ListRuns(app, limit); });
}

Result<int> ObservedStore::NextSnapshotNumber(const AppId& app) {
  return Timed("NextSnapshotNumber", [&] { return inner_.NextSnapshotNumber(app); });
}

Result<std::vector<Snapshot>> ObservedStore::ListSnapshots(const AppId& app) {
  return Timed("ListSnapshots", [&] { return inner_.ListSnapshots(app); });
}

Result<std::vector<Snapshot>> ObservedStore::ListAllSnapshots(const AppFilter& filter) {
  return Timed("ListAllSnapshots", [&] { return inner_.ListAllSnapshots(filter); });
}

Result<std::optional<Snapshot>> ObservedStore::LoadSnapshot(const AppId& app, int number) {
  return Timed("LoadSnapshot", [&] { return inner_.LoadSnapshot(app, number); });
}

Status ObservedStore::AppendEvents(const std::vector<Event>& events) {
  Status status = Timed("AppendEvents", [&] { return inner_.AppendEvents(events); });
  if (status && !events.empty()) observer_.OnEvents();
  return status;
}

Result<std::vector<Event>> ObservedStore::ListEvents(const EventFilter& filter) {
  return Timed("ListEvents", [&] { return inner_.ListEvents(filter); });
}

Status ObservedStore::Backup(const std::string& file) {
  return Timed("Backup", [&] { return inner_.Backup(file); });
}

Status ObservedStore::CheckIntegrity() {
  return Timed("CheckIntegrity", [&] { return inner_.CheckIntegrity(); });
}

Status ObserveStored(Store& store, EngineObserver& observer) {
  ASSIGN_OR_RETURN(const auto sources, store.LoadSources());
  for (const SourceRecord& source : sources) observer.OnSourceKnown(source);
  ASSIGN_OR_RETURN(const auto apps, store.ListApps({}));
  for (const AppRecord& app : apps) observer.OnAppSaved(app);
  return {};
}

}  // namespace gitops

// ObservedStore: passes every call on to another Store and tells an observer what became durable,
// and how long the call took. That is how metrics, traces and notifications hear of the engine's
// work without a line of their own in it. As thread-safe as what it wraps.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/engine_observer.h"
#include "engine/store/store.h"

namespace gitops {

class ObservedStore : public Store {
 public:
  /// All of it outlives the store.
  ObservedStore(Store& inner, EngineObserver& observer, const Clock& clock)
      : inner_(inner), observer_(observer), clock_(clock) {}

  Result<std::vector<SourceRecord>> LoadSources() override;
  Status RecordSourceSync(const SourceSync& sync) override;
  Status ForgetSource(const std::string& name) override;
  Result<std::optional<AppRecord>> LoadApp(const AppId& id) override;
  Result<std::vector<AppRecord>> ListApps(const AppFilter& filter) override;
  Result<std::vector<AppPlace>> ListPlaces(const std::string& source) override;
  Result<std::size_t> CountApps(const AppFilter& filter) override;
  Result<std::vector<AppRecord>> FindAppsAt(const std::string& source,
                                            const std::vector<std::string>& directories) override;
  Status SaveApps(const std::vector<AppRecord>& apps, const std::vector<Event>& events) override;
  Result<std::vector<AppRecord>> UpdateApps(const std::vector<AppId>& ids,
                                            const std::function<void(AppRecord&)>& change,
                                            const std::vector<Event>& events) override;
  Status ForgetApp(const AppId& id, const std::vector<Event>& events) override;
  Result<RecordedState> LoadRecorded(const AppId& id) override;
  Result<RunId> BeginRun(const NewRun& run) override;
  Status MarkStarted(RunId run, std::size_t action) override;
  Status MarkReplaced(RunId run, std::size_t action) override;
  Status MarkFinished(RunId run, std::size_t action, const ActionOutcome& outcome) override;
  Status MarkGoneOn(RunId run, const std::vector<FinishedAction>& finished,
                    std::size_t next) override;
  Status FinishRun(RunId run, const RunOutcome& outcome) override;
  Status MarkRecovered(RunId run, const Event& event) override;
  Status MarkStopped(RunId run) override;
  Result<std::vector<Run>> UnfinishedRuns() override;
  Result<std::optional<Run>> LoadRun(RunId run) override;
  Result<std::vector<Run>> ListRuns(const AppId& app, int limit) override;
  Result<int> NextSnapshotNumber(const AppId& app) override;
  Result<std::vector<Snapshot>> ListSnapshots(const AppId& app) override;
  Result<std::vector<Snapshot>> ListAllSnapshots(const AppFilter& filter) override;
  Result<std::optional<Snapshot>> LoadSnapshot(const AppId& app, int number) override;
  Status AppendEvents(const std::vector<Event>& events) override;
  Result<std::vector<Event>> ListEvents(const EventFilter& filter) override;
  Status Backup(const std::string& file) override;
  Status CheckIntegrity() override;

 private:
  /// What is known of a run that is under way.
  struct Underway {
    ObservedRun run;
    MonotonicTime since{};
    struct Step {
      Phase phase = Phase::kApp;
      std::string address;
      WallTime started{};
      MonotonicTime since{};
    };
    std::vector<Step> steps;  ///< One for each action of the plan.
  };

  /// Runs `call` and reports how long it took and whether it failed.
  template <typename Call>
  auto Timed(std::string_view name, const Call& call) -> decltype(call());
  static Underway Take(const Run& run, const std::string& source, MonotonicTime now);
  /// Also takes up runs that began before this process.
  void TakeUp(const Run& run);
  /// From now on the action is timed.
  void Started(RunId run, std::size_t action);
  std::optional<ObservedAction> Finished(RunId run, std::size_t action, ActionStatus status);
  void TellFinished(RunId run, const std::vector<FinishedAction>& finished);

  Store& inner_;
  EngineObserver& observer_;
  const Clock& clock_;
  std::mutex mutex_;  ///< Guards `underway_`; held for a look-up only.
  std::map<RunId, Underway> underway_;
};

/// Tells an observer what a store holds already: at the start of a daemon, before it works.
Status ObserveStored(Store& store, EngineObserver& observer);

}  // namespace gitops

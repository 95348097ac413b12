// FaultyStore: passes every call on to another Store, numbers the calls from 1, and at a chosen one
// fails or "crashes" before or after the real work. A failure after the work is an outcome that got
// lost. Instead of choosing a call beforehand, a test may give a function that is asked at every
// call. As thread-safe as what it wraps as long as no fault is set while it is used.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/store.h"
#include "tests/support/simulated_crash.h"

namespace gitops {

class FaultyStore : public Store {
 public:
  enum class Moment { kBefore, kAfter };

  /// Gets the name of the call, e.g. "BeginRun". An error is what the caller sees; it may throw.
  using Ask = std::function<Status(const std::string& call, Moment moment)>;

  explicit FaultyStore(Store& inner) : inner_(inner) {}
  FaultyStore(Store& inner, Ask ask) : inner_(inner), ask_(std::move(ask)) {}

  /// Call number `call` (from 1) returns an error of `kind`.
  void FailAt(int call, Moment moment, ErrorKind kind) { fault_ = {call, moment, kind}; }
  /// Call number `call` throws SimulatedCrash.
  void CrashAt(int call, Moment moment) { fault_ = {call, moment, std::nullopt}; }
  void Heal() { fault_ = {}; }

  /// The names of all calls so far, in their order.
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  Result<std::vector<SourceRecord>> LoadSources() override {
    return Pass("LoadSources", [&] { return inner_.LoadSources(); });
  }
  Status RecordSourceSync(const SourceSync& sync) override {
    return Pass("RecordSourceSync", [&] { return inner_.RecordSourceSync(sync); });
  }
  Status ForgetSource(const std::string& name) override {
    return Pass("ForgetSource", [&] { return inner_.ForgetSource(name); });
  }
  Result<std::optional<AppRecord>> LoadApp(const AppId& id) override {
    return Pass("LoadApp", [&] { return inner_.LoadApp(id); });
  }
  Result<std::vector<AppRecord>> ListApps(const AppFilter& filter) override {
    return Pass("ListApps", [&] { return inner_.ListApps(filter); });
  }
  Result<std::vector<AppPlace>> ListPlaces(const std::string& source) override {
    return Pass("ListPlaces", [&] { return inner_.ListPlaces(source); });
  }
  Result<std::size_t> CountApps(const AppFilter& filter) override {
    return Pass("CountApps", [&] { return inner_.CountApps(filter); });
  }
  Result<std::vector<AppRecord>> FindAppsAt(const std::string& source,
                                            const std::vector<std::string>& directories) override {
    return Pass("FindAppsAt", [&] { return inner_.FindAppsAt(source, directories); });
  }
  Status SaveApps(const std::vector<AppRecord>& apps, const std::vector<Event>& events) override {
    return Pass("SaveApps", [&] { return inner_.SaveApps(apps, events); });
  }
  Result<std::vector<AppRecord>> UpdateApps(const std::vector<AppId>& ids,
                                            const std::function<void(AppRecord&)>& change,
                                            const std::vector<Event>& events) override {
    return Pass("UpdateApps", [&] { return inner_.UpdateApps(ids, change, events); });
  }
  Status ForgetApp(const AppId& id, const std::vector<Event>& events) override {
    return Pass("ForgetApp", [&] { return inner_.ForgetApp(id, events); });
  }
  Result<RecordedState> LoadRecorded(const AppId& id) override {
    return Pass("LoadRecorded", [&] { return inner_.LoadRecorded(id); });
  }
  Result<RunId> BeginRun(const NewRun& run) override {
    return Pass("BeginRun", [&] { return inner_.BeginRun(run); });
  }
  Status MarkStarted(RunId run, std::size_t action) override {
    return Pass("MarkStarted", [&] { return inner_.MarkStarted(run, action); });
  }
  Status MarkReplaced(RunId run, std::size_t action) override {
    return Pass("MarkReplaced", [&] { return inner_.MarkReplaced(run, action); });
  }
  Status MarkFinished(RunId run, std::size_t action, const ActionOutcome& outcome) override {
    return Pass("MarkFinished", [&] { return inner_.MarkFinished(run, action, outcome); });
  }
  Status MarkGoneOn(RunId run, const std::vector<FinishedAction>& finished,
                    std::size_t next) override {
    return Pass("MarkGoneOn", [&] { return inner_.MarkGoneOn(run, finished, next); });
  }
  Status FinishRun(RunId run, const RunOutcome& outcome) override {
    return Pass("FinishRun", [&] { return inner_.FinishRun(run, outcome); });
  }
  Status MarkRecovered(RunId run, const Event& event) override {
    return Pass("MarkRecovered", [&] { return inner_.MarkRecovered(run, event); });
  }
  Status MarkStopped(RunId run) override {
    return Pass("MarkStopped", [&] { return inner_.MarkStopped(run); });
  }
  Result<std::vector<Run>> UnfinishedRuns() override {
    return Pass("UnfinishedRuns", [&] { return inner_.UnfinishedRuns(); });
  }
  Result<std::optional<Run>> LoadRun(RunId run) override {
    return Pass("LoadRun", [&] { return inner_.LoadRun(run); });
  }
  Result<std::vector<Run>> ListRuns(const AppId& app, int limit) override {
    return Pass("ListRuns", [&] { return inner_.ListRuns(app, limit); });
  }
  Result<int> NextSnapshotNumber(const AppId& app) override {
    return Pass("NextSnapshotNumber", [&] { return inner_.NextSnapshotNumber(app); });
  }
  Result<std::vector<Snapshot>> ListSnapshots(const AppId& app) override {
    return Pass("ListSnapshots", [&] { return inner_.ListSnapshots(app); });
  }
  Result<std::vector<Snapshot>> ListAllSnapshots(const AppFilter& filter) override {
    return Pass("ListAllSnapshots", [&] { return inner_.ListAllSnapshots(filter); });
  }
  Result<std::optional<Snapshot>> LoadSnapshot(const AppId& app, int number) override {
    return Pass("LoadSnapshot", [&] { return inner_.LoadSnapshot(app, number); });
  }
  Status AppendEvents(const std::vector<Event>& events) override {
    return Pass("AppendEvents", [&] { return inner_.AppendEvents(events); });
  }
  Result<std::vector<Event>> ListEvents(const EventFilter& filter) override {
    return Pass("ListEvents", [&] { return inner_.ListEvents(filter); });
  }
  Status Backup(const std::string& file) override {
    return Pass("Backup", [&] { return inner_.Backup(file); });
  }
  Status CheckIntegrity() override {
    return Pass("CheckIntegrity", [&] { return inner_.CheckIntegrity(); });
  }

 private:
  struct Fault {
    int call = 0;  ///< 0: none.
    Moment moment = Moment::kBefore;
    std::optional<ErrorKind> kind;  ///< Not set: crash.
  };

  template <typename Call>
  auto Pass(const std::string& name, Call call) -> decltype(call()) {
    const int number = Number(name);
    RETURN_IF_ERROR(Strike(name, number, Moment::kBefore));
    auto result = call();
    RETURN_IF_ERROR(Strike(name, number, Moment::kAfter));
    return result;
  }

  int Number(const std::string& name) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(name);
    return static_cast<int>(calls_.size());
  }

  Status Strike(const std::string& name, int number, Moment moment) const {
    if (ask_) RETURN_IF_ERROR(ask_(name, moment));
    if (number != fault_.call || moment != fault_.moment) return {};
    const std::string where = "call " + std::to_string(number) + ", " + name;
    if (!fault_.kind) throw SimulatedCrash{where};
    return MakeError(*fault_.kind, "a fault that the test made", where);
  }

  Store& inner_;
  Ask ask_;
  Fault fault_;
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;  ///< Guarded by mutex_.
};

}  // namespace gitops

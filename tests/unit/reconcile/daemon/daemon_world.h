// DaemonWorld: a real Daemon on its real threads, with an engine that tests script: what each look
// and each piece of work comes to, and where they stand still until a test lets them go on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/os/system_clock.h"
#include "engine/os/system_random.h"
#include "engine/reconcile/daemon.h"
#include "tests/support/fake_engine.h"
#include "tests/support/temp_store.h"

namespace gitops {

/// The real one, but that a test lets time pass at once, or not at all for what waits for its time.
/// To be touched while no daemon runs.
class WorldClock : public SystemClock {
 public:
  WallTime Now() const override { return SystemClock::Now() + passed_; }
  MonotonicTime MonotonicNow() const override {
    return stopped_ ? *stopped_ : SystemClock::MonotonicNow();
  }
  void Pass(std::chrono::milliseconds time) { passed_ += time; }
  void Stop() { stopped_ = SystemClock::MonotonicNow(); }

 private:
  std::chrono::milliseconds passed_{0};
  std::optional<MonotonicTime> stopped_;
};

/// Shared by all generations of one world. Thread-safe.
class Script {
 public:
  /// Stands still when `what` is held; notes that it was reached. False when a stop came first.
  bool Reach(const std::string& what, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    reached_[what] += 1;
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return !held_.contains(what); });
    return !stop.stop_requested();
  }
  void Hold(const std::string& what) {
    const std::lock_guard lock(mutex_);
    held_.insert(what);
  }
  void Release(const std::string& what) {
    const std::lock_guard lock(mutex_);
    held_.erase(what);
    changed_.notify_all();
  }
  /// Blocks until `what` was reached so often.
  void Await(const std::string& what, int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reached_[what] >= times; });
  }
  int Times(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return reached_[what];
  }
  void Note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    reached_[what] += 1;
    changed_.notify_all();
  }

  // What the next calls come to; `mutex()` guards them.
  std::map<std::string, std::vector<AppTask>> tasks;              ///< Of looks, by source.
  std::map<std::string, std::vector<AppId>> touched, unfinished;  ///< By looks, by source.
  std::map<std::string, std::deque<Error>> look_errors;           ///< In the report.
  std::map<std::string, std::deque<AppOutcome>> outcomes;         ///< Of work, by app name.
  std::vector<std::pair<std::string, AppWish>> wishes;            ///< Of work that began.
  std::mutex& mutex() { return mutex_; }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, int> reached_;
  std::set<std::string> held_;
};

class ScriptedEngine : public KeyedEngine {
 public:
  ScriptedEngine(Script& script, std::vector<AppTask> backlog)
      : script_(script), backlog_(std::move(backlog)) {
    commands_.status.apps.emplace_back();
  }

  Result<Backlog> TakeStock() override { return Backlog{backlog_, {}}; }

  Result<LookOutcome> Look(const std::string& source, const LookWish& wish,
                           std::stop_token stop) override {
    LookOutcome outcome;
    {
      const std::lock_guard lock(script_.mutex());
      outcome.tasks = script_.tasks[source];
      outcome.touched = script_.touched[source];
      outcome.unfinished = script_.unfinished[source];
      auto& errors = script_.look_errors[source];
      if (!errors.empty()) {
        outcome.report.error = std::move(errors.front());
        errors.pop_front();
      }
    }
    for (const AppId& app : wish.asked_for) outcome.tasks.push_back({app, source, {}, false});
    outcome.report.name = source;
    outcome.clean = !outcome.report.error;
    if (!script_.Reach("look " + source, stop)) return Stopped();
    return outcome;
  }

  Result<AppOutcome> Work(const AppId& app, const AppWish& wish, std::stop_token stop) override {
    AppOutcome outcome;
    outcome.worked = true;
    {
      const std::lock_guard lock(script_.mutex());
      script_.wishes.emplace_back(app.name, wish);
      auto& outcomes = script_.outcomes[app.name];
      if (!outcomes.empty()) {
        outcome = std::move(outcomes.front());
        outcomes.pop_front();
      }
    }
    outcome.report.app = app;
    outcome.report.verdict = Verdict::kUpdate;
    if (!script_.Reach("work " + app.name, stop)) return Stopped();
    return outcome;
  }

  Engine& commands() override { return commands_; }
  Status Suspend(const AppId& app, const std::string& reason, const std::string& by) override {
    script_.Note("suspend " + app.name + " " + reason + " " + by);
    return {};
  }
  Status Resume(const AppId& app, const std::string& by) override {
    script_.Note("resume " + app.name + " " + by);
    return {};
  }

 private:
  static Error Stopped() { return MakeError(ErrorKind::kCancelled, "stopped", "a stop"); }

  Script& script_;
  const std::vector<AppTask> backlog_;
  FakeEngine commands_;
};

class ScriptedGeneration : public Generation {
 public:
  ScriptedGeneration(Config config, Script& script, std::vector<AppTask> backlog)
      : config_(std::move(config)), engine_(script, std::move(backlog)) {}
  const Config& config() const override { return config_; }
  KeyedEngine& engine() override { return engine_; }

 private:
  const Config config_;
  ScriptedEngine engine_;
};

/// Remembers notices, so that tests can wait for them.
class Listener : public DaemonObserver {
 public:
  explicit Listener(Script& script) : script_(script) {}
  void OnNotice(const DaemonNotice& notice) override { script_.Note(notice.type); }
  void OnLook(const LookNews& news) override { script_.Note("looked " + news.source); }
  void OnApp(const AppNews& news) override { script_.Note("worked " + news.report.app.name); }

 private:
  Script& script_;
};

class DaemonWorld {
 public:
  DaemonWorld() : listener(script) {
    for (const char* name : {"apps", "more"}) AddSource(name);
    config.limits.parallel_apps = 4;
    config.limits.parallel_fetches = 2;
    config.limits.stop_grace = std::chrono::seconds(0);
  }
  ~DaemonWorld() {
    if (thread_.joinable()) Stop();
  }

  void AddSource(const std::string& name) {
    SourceSpec source;
    source.name = name;
    source.interval = std::chrono::hours(24);  // Nothing happens by itself.
    config.sources.push_back(source);
  }
  static AppTask Task(const std::string& app, std::vector<AppId> after = {}) {
    return {{"default", app}, "apps", std::move(after), false};
  }
  void SetTasks(const std::string& source, std::vector<AppTask> tasks) {
    const std::lock_guard lock(script.mutex());
    script.tasks[source] = std::move(tasks);
  }

  Daemon& Start() {
    const DaemonParts parts{store.get(),
                            store.deliveries(),
                            clock,
                            random_,
                            sleeper_,
                            [this](const GenerationRequest& request) { return Load(request); },
                            [] { return std::string(); },
                            [this] { return reloads.load(); },
                            {}};
    stop_ = std::stop_source();
    daemon = *MakeDaemon(parts);
    daemon->Observe(listener);
    thread_ = std::thread([this] { daemon->Run(stop_.get_token()); });
    return *daemon;
  }
  void Stop() {
    stop_.request_stop();
    thread_.join();
  }

  Ticket Await(TicketId id) {
    std::mutex mutex;
    std::condition_variable over;
    std::optional<Ticket> ticket;
    const bool known = daemon->WhenOver(id, [&](const Ticket& ended) {
      const std::lock_guard lock(mutex);
      ticket = ended;
      over.notify_all();
    });
    std::unique_lock lock(mutex);
    if (known) over.wait(lock, [&] { return ticket.has_value(); });
    return ticket.value_or(Ticket());
  }

  Script script;
  Listener listener;
  Config config;
  std::vector<AppTask> backlog;
  std::optional<Error> load_error;  ///< Set before `reloads` is raised.
  std::atomic<std::uint64_t> reloads{0};
  WorldClock clock;
  TempStore store;
  std::unique_ptr<Daemon> daemon;

 private:
  Result<std::shared_ptr<Generation>> Load(const GenerationRequest&) {
    if (load_error) return *load_error;
    return std::shared_ptr<Generation>(
        std::make_shared<ScriptedGeneration>(config, script, backlog));
  }

  SystemSleeper sleeper_;
  SystemRandom random_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace gitops

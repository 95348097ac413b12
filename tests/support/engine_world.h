// EngineWorld: the real engine on a fake Git, a fake machine and a real store, in one directory.
// Tests push trees, reconcile, look at what the machine was told to do, and let the engine "crash".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/reconcile/make_engine.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_git_mirror.h"
#include "tests/support/memory_tree.h"
#include "tests/support/temp_dir.h"
#include "tests/support/temp_store.h"

namespace gitops {

/// The crash of an engine, as only tests know it: thrown by a fake, caught by the test.
struct WorldCrash {};

/// A machine that remembers what it was told. Implements every driver name; scripts decide
/// failures.
class FakeMachine {
 public:
  /// Called before each look at a step; may be empty.
  std::function<void()> during_look;

  struct Call {
    std::string verb;  ///< "apply" or "destroy".
    std::string app;
    std::string step;

    bool operator==(const Call&) const = default;
    std::string ToString() const { return verb + " " + app + " " + step; }
  };

  /// The next `times` applications of a step of an app ("-" before it: deletions) fail so; -1:
  /// always.
  void Fail(const std::string& app, const std::string& step, Error error, int times = -1) {
    const std::lock_guard lock(mutex_);
    failures_.insert_or_assign({app, step}, std::make_pair(std::move(error), times));
  }
  void Heal() {
    const std::lock_guard lock(mutex_);
    failures_.clear();
  }
  /// The engine dies right before (or right after) the step takes effect.
  void CrashAt(const std::string& app, const std::string& step, bool after) {
    const std::lock_guard lock(mutex_);
    crash_ = std::make_pair(app + " " + step, after);
  }

  std::vector<Call> TakeCalls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }
  /// "apply web app.setup" lines of what happened since the last call, for one app, in order.
  std::vector<std::string> TakeSteps(const std::string& app) {
    std::vector<std::string> steps;
    for (const Call& call : TakeCalls()) {
      if (call.app == app) steps.push_back((call.verb == "destroy" ? "-" : "") + call.step);
    }
    return steps;
  }
  /// What exists: (app, step) of resources that were applied and not destroyed.
  std::map<std::pair<std::string, std::string>, std::string> things() const {
    const std::lock_guard lock(mutex_);
    return things_;
  }
  /// The value of an environment variable in the last hook of an app.
  std::string LastValue(const std::string& app, const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find({app, name});
    return found == values_.end() ? "" : found->second;
  }

  /// Somebody takes what a step made away, or changes it.
  void Lose(const std::string& app, const std::string& step) {
    const std::lock_guard lock(mutex_);
    things_.erase({app, step});
  }
  void Change(const std::string& app, const std::string& step, const std::string& detail) {
    const std::lock_guard lock(mutex_);
    changed_[{app, step}] = detail;
  }

  Result<Outputs> Apply(const StepContext& context) {
    const std::lock_guard lock(mutex_);
    const std::string app = context.app.name;
    const std::string step = context.step.address.ToString();
    calls_.push_back({"apply", app, step});
    MaybeCrash(app + " " + step, false);
    for (const AppVariable& variable : context.variables.values) {
      values_[{app, variable.name}] = std::string(variable.value.Reveal());
    }
    if (auto failure = NextFailure(app, step)) return *std::move(failure);
    changed_.erase({app, step});
    Outputs outputs;
    if (context.step.nature == StepNature::kResource) {
      things_[{app, step}] = context.revision.ToString();
      if (context.step.address.phase == Phase::kInfrastructure) {
        outputs["identity"] = context.previous.contains("identity")
                                  ? context.previous.at("identity")
                                  : "host-" + std::to_string(++hosts_);
        outputs["primary_ip"] = "127.0.0.1";
      }
    }
    MaybeCrash(app + " " + step, true);
    return outputs;
  }
  Status Destroy(const StepContext& context) {
    const std::lock_guard lock(mutex_);
    const std::string step = context.step.address.ToString();
    calls_.push_back({"destroy", context.app.name, step});
    MaybeCrash(context.app.name + " -" + step, false);
    if (auto failure = NextFailure(context.app.name, "-" + step)) return *std::move(failure);
    things_.erase({context.app.name, step});
    MaybeCrash(context.app.name + " -" + step, true);
    return {};
  }
  ObservedStep Observe(const StepContext& context) const {
    const std::lock_guard lock(mutex_);
    const std::pair key(context.app.name, context.step.address.ToString());
    if (const auto changed = changed_.find(key); changed != changed_.end()) {
      return {Observation::kDiffers, {}, changed->second};
    }
    if (context.step.nature == StepNature::kHook) return {};
    return {things_.contains(key) ? Observation::kPresent : Observation::kAbsent, {}, "looked"};
  }

 private:
  std::optional<Error> NextFailure(const std::string& app, const std::string& step) {
    const auto failure = failures_.find({app, step});
    if (failure == failures_.end() || failure->second.second == 0) return std::nullopt;
    if (failure->second.second > 0) --failure->second.second;
    return failure->second.first;
  }

  void MaybeCrash(const std::string& where, bool after) {
    if (!crash_ || crash_->first != where || crash_->second != after) return;
    crash_.reset();
    throw WorldCrash{};
  }

  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  std::map<std::pair<std::string, std::string>, std::pair<Error, int>> failures_;
  std::map<std::pair<std::string, std::string>, std::string> things_;
  std::map<std::pair<std::string, std::string>, std::string> values_;
  std::map<std::pair<std::string, std::string>, std::string> changed_;
  std::optional<std::pair<std::string, bool>> crash_;
  int hosts_ = 0;
};

class FakeMachineDriver : public Driver {
 public:
  explicit FakeMachineDriver(FakeMachine& machine) : machine_(machine) {}
  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override {
    if (machine_.during_look) machine_.during_look();
    if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped", "a stop");
    return machine_.Observe(context);
  }
  Result<Outputs> Apply(const StepContext& context, std::stop_token) override {
    return machine_.Apply(context);
  }
  Status Destroy(const StepContext& context, std::stop_token) override {
    return machine_.Destroy(context);
  }

 private:
  FakeMachine& machine_;
};

class EngineWorld {
 public:
  EngineWorld() : mirror(&counters_) {
    for (const char* name : {"local", "files", "hook", "healthcheck", "script"}) {
      drivers_.Add(name, std::make_unique<FakeMachineDriver>(machine));
    }
    config.patterns = {patterns_.path()};
    config.limits.parallel_apps = 1;  // Everything on the test's own thread: crashes can be thrown.
    WritePattern("vm",
                 "apiVersion: tfgrid-compose/v1\nname: vm\nversion: \"1.0.0\"\n"
                 "description: For tests\n"
                 "variables:\n"
                 "  memory: {type: integer, unit: MB, default: 1024, min: 64,"
                 " from: [resources.memory.recommended, resources.memory],"
                 " phases: [infrastructure]}\n"
                 "providers:\n  local:\n    infrastructure: {driver: local}\n");
    AddSource("apps");
    EnvironmentSpec environment;
    environment.name = "default";
    config.environments["default"] = environment;
    clock().SetAutomatic(true);
    Restart();
  }

  /// Adds a source; its URL is never used.
  SourceSpec& AddSource(const std::string& name, const std::string& environment = "default") {
    SourceSpec source;
    source.name = name;
    source.url = "/srv/" + name + ".git";
    source.environment = environment;
    config.sources.push_back(source);
    return config.sources.back();
  }
  EnvironmentSpec& environment() { return config.environments["default"]; }
  FakeClock& clock() { return store.clock(); }
  WorkCounters& counters() { return counters_; }

  void WritePattern(const std::string& name, const std::string& text) {
    patterns_.Write(name + "/pattern.yaml", text);
  }

  /// A small app: manifest, three hooks and a page.
  static MemoryTree App(const std::string& name, const std::string& more = "") {
    const MemoryFile hook("#!/bin/sh\nexit 0\n", EntryKind::kExecutable);
    return MemoryTree(
        {{"tfgrid-compose.yaml", "name: " + name + "\nversion: 1.0.0\npattern: vm\n" + more},
         {"deployment/setup.sh", hook},
         {"deployment/configure.sh", hook},
         {"deployment/healthcheck.sh", hook},
         {"src/index.html", "<h1>" + name + "</h1>\n"}});
  }

  /// The tree of the source "apps" as it was last pushed.
  MemoryTree tree;
  void Push(const MemoryTree& pushed, const std::string& source = "apps") {
    if (source == "apps") tree = pushed;
    mirror.Commit(source, pushed);
  }
  void PushFile(const std::string& path, const MemoryFile& file) { Push(tree.With(path, file)); }

  /// Drops the engine as a crash would and starts it anew on the same store.
  void Restart() {
    engine_.reset();
    store.Reopen();
    engine_ = MakeEngine(Parts(store.get()));
  }

  /// What an engine on this world is made of; `used` is its store, or a decorator of it.
  EngineParts Parts(Store& used) {
    return EngineParts{
        .config = config,
        .store = used,
        .mirror = mirror,
        .drivers = drivers_,
        .secrets = secrets_,
        .hosts = hosts_,
        .clock = clock(),
        .random = random_,
        .sleeper = clock(),
        .log = log_,
        .counters = counters_,
        .open_run_log = [](const AppId&, RunId, Redactor) -> Result<std::unique_ptr<RunLogSink>> {
          return std::unique_ptr<RunLogSink>(std::make_unique<NoRunLog>());
        },
        .run_log_path = [](const AppId&, RunId) { return std::string(); },
        .progress = progress,
        .user = "tester",
        .digest_key = Secret(std::string(32, 'd')),
        .drift = &store.drift()};
  }

  Engine& engine() { return *engine_; }

  ReconcileReport Reconcile(ReconcileRequest request = {}) {
    return Value(engine_->Reconcile(request, {}));
  }
  ReconcileReport DryRun() {
    ReconcileRequest request;
    request.dry_run = true;
    return Reconcile(request);
  }
  /// Reconciles one app that a person names.
  ReconcileReport ReconcileApp(const std::string& app) {
    ReconcileRequest request;
    request.apps = {app};
    return Reconcile(request);
  }
  /// The report of one app; a default one when it is not listed.
  static AppReport Find(const ReconcileReport& report, const std::string& app) {
    for (const AppReport& item : report.apps) {
      if (item.app.name == app) return item;
    }
    return AppReport();
  }
  AppRecord Record(const std::string& app) {
    return Value(store->LoadApp({"default", app})).value_or(AppRecord());
  }

  /// The value, or a failed CHECK with the message.
  template <typename T>
  static T Value(Result<T> result) {
    if (!result) std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
    CHECK(result.has_value());
    return *std::move(result);
  }

  /// Told of progress by engines that Restart makes from now on; it may throw WorldCrash.
  std::function<void(const Progress&)> progress;
  Config config;
  FakeMachine machine;
  TempStore store;

 private:
  class NoRunLog : public RunLogSink {
   public:
    void Write(std::string_view) override {}
    void Note(std::string_view) override {}
    std::vector<std::string> Tail() const override { return {}; }
  };
  class NoHosts : public HostShell {
   public:
    Result<int> Run(const HostShellRequest&, std::stop_token) override { return 0; }
  };
  class FixedRandom : public Random {
   public:
    std::uint64_t Below(std::uint64_t) override { return 0; }
  };

  WorkCounters counters_;
  TempDir patterns_;
  DriverRegistry drivers_;
  SystemSecretReader secrets_;
  NoHosts hosts_;
  FixedRandom random_;
  Log log_{LogLevel::kOff, LogFormat::kText};

 public:
  FakeGitMirror mirror;

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace gitops

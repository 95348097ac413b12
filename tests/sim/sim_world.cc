#include "tests/sim/sim_world.h"

#include <algorithm>
#include <filesystem>

#include "differ/render.h"
#include "engine/model/codec.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/state_database.h"
#include "tests/support/simulated_crash.h"

namespace gitops::sim {
namespace {

class PlantedSecrets : public SecretReader {
 public:
  Result<Secret> Read(const SecretRef&) override { return Secret(kPlantedSecret); }
};

class NoHosts : public HostShell {
 public:
  Result<int> Run(const HostShellRequest&, std::stop_token) override { return 0; }
};

class NoJitter : public Random {
 public:
  std::uint64_t Below(std::uint64_t) override { return 0; }
};

SqliteStoreOptions StoreOptions(const std::string& path) {
  SqliteStoreOptions options;
  options.path = path;
  options.seal_key = Secret(std::string(32, 'k'));
  options.holder = "pid 1 of the simulator";
  options.binary_version = "1.0.0";
  options.busy_timeout = std::chrono::milliseconds(20);
  return options;
}

/// An empty database, made once: most of a small world's time would go into its schema.
const std::string& EmptyDatabase() {
  static const std::string bytes = [] {
    const TempDir directory;
    FakeClock clock;
    WorkCounters counters;
    CHECK(OpenSqliteStore(StoreOptions(directory / "state.db"), clock, counters).has_value());
    return directory.Read("state.db");
  }();
  return bytes;
}

}  // namespace

/// Takes the lines of runs through their redactor, as the real log does.
class SimWorld::RunLog : public RunLogSink {
 public:
  RunLog(SimWorld& world, Redactor redactor) : world_(world), redactor_(std::move(redactor)) {}
  void Write(std::string_view bytes) override { world_.Heard(redactor_.Redact(bytes)); }
  void Note(std::string_view line) override { world_.Heard(redactor_.Redact(line)); }
  std::vector<std::string> Tail() const override { return {}; }

 private:
  SimWorld& world_;
  const Redactor redactor_;
};

SimWorld::SimWorld() : SimWorld(EmptyDatabase()) {
  EnvironmentSpec environment;
  environment.name = "default";
  environment.environment["PASSWORD"] = SecretRef{"/etc/password", ""};
  config_.environments["default"] = environment;
  SourceSpec source;
  source.name = "apps";
  source.url = "/srv/apps.git";
  config_.sources.push_back(source);
  config_.limits.parallel_apps = 1;  // Everything on this thread: crashes can be thrown.
  config_.limits.parallel_fetches = 1;
}

SimWorld::SimWorld(const std::string& database)
    : secrets_(std::make_unique<PlantedSecrets>()),
      hosts_(std::make_unique<NoHosts>()),
      random_(std::make_unique<NoJitter>()),
      faults_(calls, clock),
      faulty_mirror_(mirror, [this](std::string_view call, FaultyGitMirror::Moment moment) {
        return faults_.OfMirror(call, moment);
      }) {
  for (const char* name : {"local", "metal", "net", "files", "hook", "healthcheck"}) {
    drivers_.Add(name, std::make_unique<SimDriver>(
                           name, cloud, calls, clock,
                           [this](const std::string& verb, const std::string& driver,
                                  const StepContext& context) { Witness(verb, driver, context); }));
  }
  clock.SetAutomatic(true);
  directory_.Write("state.db", database, 0600);
  Restart();
}

SimWorld::SimWorld(const SimWorld& other, int) : SimWorld(other.DatabaseBytes()) {
  apps = other.apps;
  pattern_version = other.pattern_version;
  config_ = other.config_;
  cloud = other.cloud;
  mirror.CopyFrom(other.mirror);
  clock.Advance(
      std::chrono::duration_cast<std::chrono::milliseconds>(other.clock.Now() - clock.Now()));
  said_ = other.said_;
  violations_ = other.violations_;
  history_ = other.history_;
  applied_ = other.applied_;
  pushes_ = other.pushes_;
  answered_ = other.answered_;
}

const std::string& SimWorld::DatabaseBytes() const {
  if (copied_at_ != rows_written() || copy_.empty()) {
    const TempDir directory;
    CHECK(store_->Backup(directory / "copy.db").has_value());
    copy_ = directory.Read("copy.db");
    copied_at_ = rows_written();
  }
  return copy_;
}

SimWorld::~SimWorld() = default;

AppSpec& SimWorld::App(const std::string& name) {
  return apps.try_emplace(name, name).first->second;
}

ObjectId SimWorld::Push() {
  const ObjectId commit = mirror.Commit("apps", RepositoryOf(apps, pattern_version));
  pushes_.push_back(commit);
  Note("push " + commit.Hex().substr(0, 8));
  return commit;
}

void SimWorld::OpenStore() {
  faulty_store_.reset();
  faulty_deliveries_.reset();
  store_.reset();
  deliveries_.reset();
  SqliteStoreOptions options = StoreOptions(directory_ / "state.db");
  options.lease = LeaseTime::kAtFirstWrite;  // As the commands open it.
  const auto database = Must(StateDatabase::Open(options, clock, counters_));
  store_ = MakeSqliteStore(database);
  deliveries_ = MakeSqliteDeliveryStore(database);
  const auto ask = [this](const std::string& call, FaultyStore::Moment moment) {
    return faults_.OfStore(call, moment);
  };
  faulty_store_ = std::make_unique<FaultyStore>(*store_, ask);
  faulty_deliveries_ = std::make_unique<FaultyDeliveryStore>(*deliveries_, ask);
}

EngineParts SimWorld::PartsWith(Store& store, const Config& config) {
  return EngineParts{
      .config = config,
      .store = store,
      .mirror = faulty_mirror_,
      .drivers = drivers_,
      .secrets = *secrets_,
      .hosts = *hosts_,
      .clock = clock,
      .random = *random_,
      .sleeper = clock,
      .log = log_,
      .counters = counters_,
      .open_run_log = [this](const AppId&, RunId,
                             Redactor redactor) -> Result<std::unique_ptr<RunLogSink>> {
        return std::unique_ptr<RunLogSink>(std::make_unique<RunLog>(*this, std::move(redactor)));
      },
      .run_log_path = [](const AppId&, RunId) { return std::string(); },
      .progress = {},
      .user = "tester",
      .digest_key = Secret(std::string(32, 'd'))};
}

void SimWorld::Restart() {
  engine_.reset();
  OpenStore();
  engine_ = MakeEngine(PartsWith(*faulty_store_, config_));
}

void SimWorld::TakeOver() {
  Note("another process takes over");
  const auto other = Must(OpenSqliteStore(StoreOptions(directory_ / "state.db"), clock, counters_));
  const auto report = MakeEngine(PartsWith(*other, config_))->Reconcile({}, {});
  if (!report) Violate("the process that took over fails: " + report.error().ToString());
  Note("the first process goes on");
  state_lost_ = true;
}

void SimWorld::Heard(const std::string& text) { said_ += text + "\n"; }

bool SimWorld::Do(const Command& command) {
  last_error_.reset();
  try {
    if (Status done = command(Session{*engine_, *this}); !done) {
      last_error_ = std::move(done).error();
      Heard(RenderError(*last_error_));
      Note("error: " + last_error_->ToString());
    }
    CheckAlways();
    if (!std::exchange(state_lost_, false)) return true;
    Note("the first process ends");
    Restart();
    return false;
  } catch (const SimulatedCrash& crash) {
    Note("crash " + crash.where);
    state_lost_ = false;
    Restart();
    CheckAlways();
    return false;
  }
}

Command SimWorld::Reconcile(ReconcileRequest request) {
  return [request](Engine& engine) -> Status {
    ASSIGN_OR_RETURN(const ReconcileReport report, engine.Reconcile(request, {}));
    static_cast<void>(report);
    return {};
  };
}

Command SimWorld::ReconcileApp(const std::string& app) {
  return [app](Engine& engine) -> Status {
    ReconcileRequest request;
    request.apps = {app};
    ASSIGN_OR_RETURN(const ReconcileReport report, engine.Reconcile(request, {}));
    if (!report.HasFailures()) return {};
    return MakeError(ErrorKind::kInvalid, "the report tells of failures", app);
  };
}

namespace {

/// Time alone will make it be tried again.
bool IsDueLater(const AppRecord& app, WallTime now) {
  return app.retry && app.retry->next && *app.retry->next > now;
}

}  // namespace

void SimWorld::Quiesce() {
  constexpr int kMostPasses = 12;
  calls.Disarm();
  for (int pass = 1; pass <= kMostPasses; ++pass) {
    const std::size_t effects = cloud.effects().size();
    const std::uint64_t rows = rows_written();
    auto report = engine_->Reconcile({}, {});
    if (report) {
      Heard(RenderReport(*report, {.verbose = true}));
    } else {
      Heard(RenderError(report.error()));
      Violate("a pass without a fault fails: " + report.error().ToString());
      return;
    }
    CheckAlways();
    bool waits = false;
    for (const AppRecord& app : Records()) waits |= IsDueLater(app, clock.Now());
    if (cloud.effects().size() == effects && rows_written() == rows && !waits) {
      AnswerDeliveries();
      CheckQuiet();
      return;
    }
    clock.Advance(std::chrono::minutes(7));  // More than any wait between two attempts.
  }
  for (const AppRecord& app : Records()) {
    Note(app.id.ToString() + " " + std::string(ToString(app.presence)) + " " +
         std::string(ToString(app.sync)) + (app.retry ? " held" : "") + ": " + app.reason);
  }
  Violate("it does not come to rest in " + std::to_string(kMostPasses) + " passes");
}

std::vector<AppRecord> SimWorld::Records() { return Must(store_->ListApps({})); }

AppRecord SimWorld::Record(const std::string& app) {
  return Must(store_->LoadApp({"default", app})).value_or(AppRecord());
}

bool Rejects(const AppRecord& app) {
  return std::find(app.rejected.begin(), app.rejected.end(), app.desired_digest) !=
         app.rejected.end();
}

std::string SimWorld::Fingerprint() {
  std::string text;
  for (const AppRecord& app : Records()) {
    text += app.id.ToString() + " " + std::string(ToString(app.presence)) + " " +
            std::string(ToString(app.sync)) + " " + std::string(ToString(app.health)) + " wants " +
            app.desired_digest.substr(0, 8) + (Rejects(app) ? " rejected" : "") +
            (app.suspension ? " suspended" : "") + (app.retry ? " held" : "") +
            (app.has_recorded_steps ? "" : " nothing") + "\n";
  }
  const auto own = [](const std::map<std::string, std::string>& inputs) {
    std::string list;
    for (const auto& [name, digest] : inputs) {
      if (name.find(".outputs") == std::string::npos)
        list += " " + name + "=" + digest.substr(0, 8);
    }
    return list;
  };
  for (const auto& [key, thing] : cloud.things()) {
    text += key.app.ToString() + " " + key.address.ToString() + " by " + key.driver +
            (thing.half ? " half" : "") + own(thing.inputs) + "\n";
  }
  for (const auto& [key, trace] : cloud.hooks()) {
    text += key.app.ToString() + " ran " + key.address.ToString() + (trace.half ? " half" : "") +
            own(trace.inputs) + "\n";
  }
  return text;
}

}  // namespace gitops::sim

#include "engine/cli/daemon_setup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "engine/cli/configured_engine.h"
#include "engine/cli/version.h"
#include "engine/reconcile/drift_patrol.h"
#include "engine/reconcile/wake_worker.h"
#include "engine/server/health_route.h"

namespace gitops {
namespace {

constexpr std::chrono::milliseconds kFrontPatience{2'000};

/// One configuration's engine.
class RealGeneration : public Generation {
 public:
  RealGeneration(const SetupRequest& request, Store& store, DriftStore& drift, GitMirror& mirror,
                 const Secret& key)
      : configured_(request, store, drift, mirror, key),
        engine_(MakeKeyedEngine(configured_.parts())) {}

  const Config& config() const override { return configured_.config(); }
  KeyedEngine& engine() override { return *engine_; }

 private:
  ConfiguredEngine configured_;
  const std::unique_ptr<KeyedEngine> engine_;
};

/// Differs when the file is another one or was written since; "" when there is none.
std::string StampOf(const std::string& file) {
  struct stat info {};
  if (file.empty() || stat(file.c_str(), &info) != 0) return "";
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + ":" +
         std::to_string(info.st_size) + ":" + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec);
}

/// What cannot change while the process runs.
Status CheckSameState(const Config& running, const Config& fresh) {
  if (running.state_dir == fresh.state_dir && running.state_url == fresh.state_url) return {};
  return MakeError(ErrorKind::kInvalid, "the state cannot move while the daemon runs",
                   "it is in \"" + running.state_dir + "\", and the configuration now says \"" +
                       fresh.state_dir + "\"",
                   "restart the daemon to use another state");
}

/// The same after a restart: traces of a run that goes on are told apart by it from other engines'.
std::string InstanceName(const Config& config) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return std::string(host.data()) + ":" + config.state_dir;
}

std::vector<QueueReading> QueuesOf(const DaemonState& state) {
  return {{"source", state.sources.waiting, state.sources.running, state.sources.oldest},
          {"app", state.apps.waiting, state.apps.running, state.apps.oldest}};
}

std::string WhyNotReady(const DaemonControl& daemon) {
  for (const ReadinessCheck& check : daemon.State().readiness) {
    if (!check.good) return check.name + (check.detail.empty() ? "" : ": " + check.detail);
  }
  return "";
}

SetupRequest WithConfig(const SetupRequest& request, const Config& config,
                        const GenerationRequest& generation) {
  return {config,
          request.access,
          request.command,
          request.executable,
          request.user,
          request.clock,
          request.sleeper,
          request.random,
          request.runner,
          request.log,
          request.counters,
          generation.progress,
          request.lease,
          /*beside_others=*/true,
          generation.pause};
}

}  // namespace

Result<std::unique_ptr<DaemonSetup>> DaemonSetup::Make(DaemonRequest request) {
  ASSIGN_OR_RETURN(auto state, SetUpEngine(request.setup));
  std::unique_ptr<DaemonSetup> setup(new DaemonSetup(std::move(request), std::move(state)));
  ASSIGN_OR_RETURN(setup->daemon_, MakeDaemon(setup->Parts()));
  setup->daemon_->Observe(setup->log_);
  setup->daemon_->Observe(setup->reporting_);
  setup->daemon_->Observe(setup->progress_);
  setup->reporting_.metrics().SetQueues(
      [daemon = setup->daemon_.get()] { return QueuesOf(daemon->State()); });
  RETURN_IF_ERROR(
      setup->reporting_.Start([daemon = setup->daemon_.get()] { return daemon->Configuration(); }));
  RETURN_IF_ERROR(setup->StartServer());
  return setup;
}

Result<std::shared_ptr<Generation>> DaemonSetup::Load(const GenerationRequest& request) {
  ASSIGN_OR_RETURN(const ConfigReading reading, ReadConfig(request_.config));
  RETURN_IF_ERROR(CheckSameState(request_.setup.config, reading.config));
  auto generation =
      std::make_shared<RealGeneration>(WithConfig(request_.setup, reading.config, request),
                                       reporting_.store(), state_->drift(), mirror_, state_->key());
  webhooks_.Configure(reading.config);
  if (front_) {  // Not the first configuration: the server is made of that.
    request_.follow_log(reading.config.log);
    api_->Follow(reading.config.server);
    front_->Follow(reading.config.server);
  }
  return std::shared_ptr<Generation>(std::move(generation));
}

ReportingParts DaemonSetup::ReportingPartsOf(const SetupRequest& request, EngineSetup& state) {
  return ReportingParts{state.store(),
                        state.outbox(),
                        state.deliveries(),
                        state.drift(),
                        request.clock,
                        request.random,
                        request.log,
                        request.counters,
                        std::string(ProgramVersion()),
                        InstanceName(request.config)};
}

DaemonParts DaemonSetup::Parts() {
  return DaemonParts{reporting_.store(),
                     state_->deliveries(),
                     request_.setup.clock,
                     request_.setup.random,
                     request_.setup.sleeper,
                     [this](const GenerationRequest& request) { return Load(request); },
                     [file = request_.setup.config.file] { return StampOf(file); },
                     request_.reloads_asked,
                     [this] { request_.notice.Alive(); }};
}

Status DaemonSetup::StartServer() {
  ASSIGN_OR_RETURN(
      api_, ApiSetup::Make({request_.setup.config, state_->key(), *daemon_, state_->store(),
                            state_->deliveries(), state_->drift(), failures_, request_.setup.clock,
                            request_.setup.log, progress_, request_.setup.counters}));
  run_requests_.SetAsked([this](RunId run) { return api_->RequestOf(run); });
  HttpRoutes routes;
  routes["api"] = api_->route();
  routes["hooks"] = webhooks_.route();
  routes["healthz"] = HealthRoute::Alive();
  routes["metrics"] = reporting_.MakeMetricsRoute();
  routes["readyz"] = HealthRoute::Ready([this] { return WhyNotReady(*daemon_); });
  FrontOptions options = OptionsOf(request_.setup.config.server);
  options.on_loopback_too = true;  // For the commands of this machine.
  ASSIGN_OR_RETURN(front_, HttpFront::Start(std::move(options), std::move(routes),
                                            request_.setup.clock, request_.setup.log));
  return Publish();
}

Status DaemonSetup::Publish() {
  const Config& config = request_.setup.config;
  DaemonAddress address;
  address.pid = getpid();
  address.url = (config.server.tls ? "https://" : "http://") + front_->loopback();
  address.version = ProgramVersion();
  address.configuration = ConfigurationName(config);
  ASSIGN_OR_RETURN(auto published, PublishedAddress::Make(config, address));
  published_.emplace(std::move(published));
  return {};
}

void DaemonSetup::Run(std::stop_token stop) {
  request_.notice.Ready();
  {
    const std::stop_callback stopping(stop, [this] { request_.notice.Stopping(); });
    DriftPatrol patrol({*daemon_, state_->drift(), request_.setup.clock, request_.setup.log,
                        [this](const AppDrift& drift) { reporting_.OnDrift(drift); }});
    const WakeWorker rounds([&patrol](const std::stop_token& end) { return patrol.Round(end); });
    daemon_->Run(stop);
  }
  published_.reset();
  front_->Drain(kFrontPatience);
}

}  // namespace gitops

#include "engine/cli/configured_engine.h"

#include <string>
#include <utility>

#include "engine/base/digest.h"
#include "engine/drivers/local_registry.h"
#include "engine/drivers/run_log.h"

namespace gitops {
namespace {

/// A run's log file behind the engine's seam.
class FileRunLog : public RunLogSink {
 public:
  explicit FileRunLog(std::unique_ptr<RunLog> log) : log_(std::move(log)) {}

  void Write(std::string_view bytes) override { log_->Write(bytes); }
  void Note(std::string_view line) override { log_->Note(line); }
  std::vector<std::string> Tail() const override { return log_->Tail(); }

 private:
  std::unique_ptr<RunLog> log_;
};

/// Keys the digests of secrets; a key of its own, so that a digest says nothing about seals.
Secret DigestKey(const Secret& key) {
  const Sha256Bytes bytes = HmacSha256(key.Reveal(), "tfgrid-compose digests of secrets");
  return Secret(std::string(bytes.begin(), bytes.end()));
}

std::string RunAsOf(const Config& config, const AppId& app) {
  const EnvironmentSpec environment = config.Environment(app.environment);
  const auto found = environment.apps.find(app.name);
  return found != environment.apps.end() && found->second.run_as ? *found->second.run_as
                                                                 : environment.run_as;
}

/// Whether some app is to run as another user than the engine.
bool HasOtherUsers(const Config& config) {
  for (const auto& [name, environment] : config.environments) {
    if (environment.run_as != kRunAsEngine) return true;
    for (const auto& [app, override] : environment.apps) {
      if (override.run_as && *override.run_as != kRunAsEngine) return true;
    }
  }
  return false;
}

LocalOptions MakeLocalOptions(const SetupRequest& request) {
  const Limits& limits = request.config.limits;
  LocalOptions options{request.config.state_dir, request.runner, request.clock, request.sleeper,
                       request.random};
  options.stop_grace = limits.stop_grace;
  options.policy = [config = request.config](const AppId& app) {
    return AppPolicy{RunAsOf(config, app), config.Environment(app.environment).allow_sudo};
  };
  options.app_limits = {limits.app_processes,    limits.app_open_files, limits.app_file_bytes,
                        limits.app_memory_bytes, limits.app_disk_bytes, limits.app_files};
  options.users = {request.config.app_users.from, request.config.app_users.to};
  options.control_groups = FindControlGroups();
  options.can_confine = HasOtherUsers(request.config) && CanConfine();
  return options;
}

EngineParts MakeParts(const SetupRequest& request, const Config& config, Store& store,
                      DriftStore& drift, GitMirror& mirror, const DriverRegistry& drivers,
                      SecretReader& secrets, HostShell& hosts, const Secret& key) {
  const std::string state_dir = config.state_dir;
  const std::int64_t log_bytes = config.limits.run_log_bytes;
  const Clock& clock = request.clock;
  return EngineParts{
      config,
      store,
      mirror,
      drivers,
      secrets,
      hosts,
      clock,
      request.random,
      request.sleeper,
      request.log,
      request.counters,
      [state_dir, log_bytes, &clock](const AppId& app, RunId run,
                                     Redactor redactor) -> Result<std::unique_ptr<RunLogSink>> {
        ASSIGN_OR_RETURN(auto log,
                         RunLog::Open(RunLogPath(state_dir, app, run), redactor, clock, log_bytes));
        return std::unique_ptr<RunLogSink>(std::make_unique<FileRunLog>(std::move(log)));
      },
      [state_dir](const AppId& app, RunId run) { return RunLogPath(state_dir, app, run); },
      request.progress,
      request.user,
      DigestKey(key),
      request.beside_others,
      request.pause,
      &drift};
}

}  // namespace

ConfiguredEngine::ConfiguredEngine(const SetupRequest& request, Store& store, DriftStore& drift,
                                   GitMirror& mirror, const Secret& key)
    : config_(request.config),
      hosts_(MakeLocalOptions(request)),
      parts_(MakeParts(request, config_, store, drift, mirror, drivers_, secrets_, hosts_, key)) {
  AddLocalDrivers(drivers_, MakeLocalOptions(request));
}

}  // namespace gitops

#include "engine/cli/engine_setup.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "engine/base/digest.h"
#include "engine/cli/version.h"
#include "engine/drivers/host_shell.h"
#include "engine/drivers/local_registry.h"
#include "engine/drivers/run_log.h"
#include "engine/os/atomic_file.h"
#include "engine/os/file_lock.h"
#include "engine/os/key_file.h"
#include "engine/os/private_directory.h"
#include "engine/reconcile/make_engine.h"
#include "engine/reconcile/secret_reader.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/sqlite_store.h"
#include "engine/store/state_database.h"
#include "sources/libgit2_mirror.h"

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
  options.app_limits = {limits.app_processes, limits.app_open_files, limits.app_file_bytes,
                        limits.app_memory_bytes};
  options.users = {request.config.app_users.from, request.config.app_users.to};
  options.control_groups = FindControlGroups();
  options.can_confine = HasOtherUsers(request.config) && CanConfine();
  return options;
}

MirrorOptions MakeMirrorOptions(const SetupRequest& request) {
  MirrorOptions options;
  options.state_dir = request.config.state_dir;
  options.self_executable = request.executable;
  options.repository_bytes = request.config.limits.repository_bytes;
  return options;
}

class RealEngineSetup : public EngineSetup {
 public:
  RealEngineSetup(const SetupRequest& request, std::optional<FileLock> lock, const Secret& key,
                  const std::shared_ptr<StateDatabase>& database)
      : lock_(std::move(lock)),
        config_(request.config),
        store_(MakeSqliteStore(database)),
        deliveries_(MakeSqliteDeliveryStore(database)),
        mirror_(MakeMirrorOptions(request), request.runner, request.clock, request.counters),
        hosts_(MakeLocalOptions(request)) {
    AddLocalDrivers(drivers_, MakeLocalOptions(request));
    engine_ = MakeEngine(Parts(request, key));
  }

  Engine& engine() override { return *engine_; }
  Store& store() override { return *store_; }
  DeliveryStore& deliveries() override { return *deliveries_; }
  GitMirror& mirror() override { return mirror_; }

 private:
  EngineParts Parts(const SetupRequest& request, const Secret& key) {
    const std::string state_dir = config_.state_dir;
    const std::int64_t log_bytes = config_.limits.run_log_bytes;
    const Clock& clock = request.clock;
    return EngineParts{
        config_,
        *store_,
        mirror_,
        drivers_,
        secrets_,
        hosts_,
        clock,
        request.random,
        request.sleeper,
        request.log,
        request.counters,
        [state_dir, log_bytes, &clock](const AppId& app, RunId run,
                                       Redactor redactor) -> Result<std::unique_ptr<RunLogSink>> {
          ASSIGN_OR_RETURN(
              auto log, RunLog::Open(RunLogPath(state_dir, app, run), redactor, clock, log_bytes));
          return std::unique_ptr<RunLogSink>(std::make_unique<FileRunLog>(std::move(log)));
        },
        [state_dir](const AppId& app, RunId run) { return RunLogPath(state_dir, app, run); },
        request.progress,
        request.user,
        DigestKey(key)};
  }

  std::optional<FileLock> lock_;  // First: it is let go after everything else.
  const Config config_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DeliveryStore> deliveries_;
  LibGit2Mirror mirror_;
  DriverRegistry drivers_;
  SystemSecretReader secrets_;
  LocalHostShell hosts_;
  std::unique_ptr<Engine> engine_;
};

bool IsMissing(const std::string& path) {
  return access(path.c_str(), F_OK) != 0 && errno == ENOENT;
}

/// The key of the state. A new one is only made together with a new database: another key would
/// open nothing that is sealed already.
Result<Secret> ReadKey(const Config& config, bool write) {
  const std::string database = DatabasePath(config);
  if (IsMissing(database)) {
    if (write) return ReadOrCreateKeyFile(KeyPath(config));
    return MakeError(ErrorKind::kNotFound, "no state", "there is no database \"" + database + "\"");
  }
  if (IsMissing(KeyPath(config))) {
    return MakeError(ErrorKind::kCorruption, "key of the state is missing",
                     "\"" + database + "\" is there, its key \"" + KeyPath(config) + "\" is not",
                     "put the key file of this database back from a backup");
  }
  return ReadOrCreateKeyFile(KeyPath(config));
}

}  // namespace

std::string DatabasePath(const Config& config) {
  constexpr std::string_view kScheme = "sqlite://";
  return config.state_url.substr(kScheme.size());
}

std::string LockPath(const Config& config) { return config.state_dir + "/lock"; }
std::string KeyPath(const Config& config) { return config.state_dir + "/key"; }

Result<Secret> ReadStateKey(const Config& config) { return ReadKey(config, false); }

std::string HolderName() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return "pid " + std::to_string(getpid()) + (host[0] == '\0' ? "" : " on ") + host.data();
}

Result<std::unique_ptr<EngineSetup>> SetUpEngine(const SetupRequest& request) {
  const bool write = request.access == Access::kWrite;
  std::optional<FileLock> lock;
  if (write) {
    RETURN_IF_ERROR(MakePrivateDirectory(request.config.state_dir));
    ASSIGN_OR_RETURN(lock,
                     FileLock::Acquire(LockPath(request.config), request.command, request.clock));
    RemoveUnfinished(KeyPath(request.config));
  }
  ASSIGN_OR_RETURN(const Secret key, ReadKey(request.config, write));
  SqliteStoreOptions options;
  options.path = DatabasePath(request.config);
  options.seal_key = key;
  options.read_only = !write;
  options.lease = request.lease;
  options.holder = HolderName();
  options.binary_version = ProgramVersion();
  ASSIGN_OR_RETURN(const auto database,
                   StateDatabase::Open(options, request.clock, request.counters));
  return std::unique_ptr<EngineSetup>(
      std::make_unique<RealEngineSetup>(request, std::move(lock), key, database));
}

}  // namespace gitops

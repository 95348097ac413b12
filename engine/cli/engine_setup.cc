#include "engine/cli/engine_setup.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "engine/cli/configured_engine.h"
#include "engine/cli/version.h"
#include "engine/os/atomic_file.h"
#include "engine/os/file_lock.h"
#include "engine/os/key_file.h"
#include "engine/os/private_directory.h"
#include "engine/reconcile/make_engine.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/sqlite_drift_store.h"
#include "engine/store/sqlite_outbox_store.h"
#include "engine/store/sqlite_store.h"
#include "engine/store/state_database.h"
#include "sources/libgit2_mirror.h"

namespace gitops {
namespace {

MirrorOptions MakeMirrorOptions(const SetupRequest& request) {
  MirrorOptions options;
  options.state_dir = request.config.state_dir;
  options.self_executable = request.executable;
  options.repository_bytes = request.config.limits.repository_bytes;
  return options;
}

class RealEngineSetup : public EngineSetup {
 public:
  RealEngineSetup(const SetupRequest& request, std::optional<FileLock> lock, Secret key,
                  const std::shared_ptr<StateDatabase>& database)
      : lock_(std::move(lock)),
        key_(std::move(key)),
        store_(MakeSqliteStore(database)),
        deliveries_(MakeSqliteDeliveryStore(database)),
        outbox_(MakeSqliteOutboxStore(database)),
        drift_(MakeSqliteDriftStore(database)),
        mirror_(MakeMirrorOptions(request), request.runner, request.clock, request.counters),
        configured_(request, *store_, *drift_, mirror_, key_),
        engine_(MakeEngine(configured_.parts())) {}

  Engine& engine() override { return *engine_; }
  Store& store() override { return *store_; }
  DeliveryStore& deliveries() override { return *deliveries_; }
  OutboxStore& outbox() override { return *outbox_; }
  DriftStore& drift() override { return *drift_; }
  GitMirror& mirror() override { return mirror_; }
  const Secret& key() const override { return key_; }

 private:
  std::optional<FileLock> lock_;  // First: it is let go after everything else.
  const Secret key_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DeliveryStore> deliveries_;
  std::unique_ptr<OutboxStore> outbox_;
  std::unique_ptr<DriftStore> drift_;
  LibGit2Mirror mirror_;
  ConfiguredEngine configured_;
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

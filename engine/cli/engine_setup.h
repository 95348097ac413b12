// EngineSetup: an engine with everything it is put together from: lock, key, database, mirrors,
// drivers. What it is made from outlives it; when it goes, the lock goes last.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/log.h"
#include "engine/base/random.h"
#include "engine/base/secret.h"
#include "engine/base/work_counters.h"
#include "engine/cli/services.h"
#include "engine/model/config.h"
#include "engine/os/process.h"
#include "engine/reconcile/engine.h"
#include "engine/store/delivery_store.h"
#include "engine/store/drift_store.h"
#include "engine/store/outbox_store.h"
#include "engine/store/sqlite_store.h"
#include "engine/store/store.h"
#include "sources/git_mirror.h"

namespace gitops {

struct SetupRequest {
  const Config& config;
  Access access = Access::kRead;
  std::string command;     ///< For whom the lock refuses: "tfgrid-compose reconcile".
  std::string executable;  ///< This binary, which fetches in children of its own.
  std::string user;
  const Clock& clock;
  Sleeper& sleeper;
  Random& random;
  ProcessRunner& runner;
  Log& log;
  WorkCounters& counters;
  std::function<void(const Progress&)> progress;
  LeaseTime lease = LeaseTime::kAtOpen;  ///< With Access::kWrite.
  bool beside_others = false;            ///< EngineParts::beside_others
  std::stop_token pause = {};            ///< EngineParts::pause
};

class EngineSetup {
 public:
  virtual ~EngineSetup() = default;
  virtual Engine& engine() = 0;
  virtual Store& store() = 0;
  virtual DeliveryStore& deliveries() = 0;
  virtual OutboxStore& outbox() = 0;
  virtual DriftStore& drift() = 0;
  virtual GitMirror& mirror() = 0;
  /// Of the state.
  virtual const Secret& key() const = 0;
};

/// Sets everything up. With kWrite it takes the state lock and makes the state directory, the key
/// and the database where they are missing; with kRead it makes nothing. Errors: kNotFound (kRead
/// and no database), kConflict (locked: names the holder), and what lock, key and store report.
Result<std::unique_ptr<EngineSetup>> SetUpEngine(const SetupRequest& request);

/// The database's path from "sqlite:///path".
std::string DatabasePath(const Config& config);
/// The file whose lock keeps two engines apart.
std::string LockPath(const Config& config);
/// The file with the key that seals outputs.
std::string KeyPath(const Config& config);

/// The key of a state that is there. Errors: kNotFound (no database), kCorruption (a database
/// without its key), kInvalid (others may read it).
Result<Secret> ReadStateKey(const Config& config);

/// "pid 4711 on host": how this process names itself to others.
std::string HolderName();

}  // namespace gitops

// Daemon: keeps sources and apps in step for as long as it runs: looks at sources when they are due
// or may have moved, works on the apps that need it, carries out requests. One call of Run; its
// threads are made there and gone when it returns. What is to be done is always found again in the
// store: queues, wishes and tickets in memory may be lost at any moment.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/base/result.h"
#include "engine/os/sleeper.h"
#include "engine/reconcile/daemon_control.h"
#include "engine/reconcile/keyed_engine.h"
#include "engine/store/delivery_store.h"
#include "engine/store/store.h"

namespace gitops {

/// One configuration and the engine that was made for it. Work that has begun goes on with its own
/// when another one comes.
class Generation {
 public:
  virtual ~Generation() = default;
  virtual const Config& config() const = 0;
  virtual KeyedEngine& engine() = 0;
};

/// What every generation of a daemon is made with.
struct GenerationRequest {
  std::stop_token pause;  ///< EngineParts::pause
  std::function<void(const Progress&)> progress;
};

/// All of it outlives the daemon and is thread-safe.
struct DaemonParts {
  Store& store;
  DeliveryStore& requests;
  const Clock& clock;
  Random& random;
  Sleeper& sleeper;
  /// Reads the configuration as it is now. Errors: kInvalid with every problem and its place.
  std::function<Result<std::shared_ptr<Generation>>(const GenerationRequest&)> load;
  /// Changes when the configuration may have.
  std::function<std::string()> configuration_stamp;
  /// How often somebody asked for a reload so far.
  std::function<std::uint64_t()> reloads_asked;
  /// Called about once a second while the daemon is well: for watchdogs. May be empty.
  std::function<void()> alive;
};

class Daemon : public DaemonControl {
 public:
  /// Works until a stop is requested, then in good order to an end: nothing new is begun, actions
  /// under way get up to `stopGrace` (8 s at most) to end by themselves and are stopped then.
  virtual void Run(std::stop_token stop) = 0;
};

/// Loads the configuration and takes stock of what is left to do; nothing is begun before Run.
/// Errors: those of `load` and of the store.
Result<std::unique_ptr<Daemon>> MakeDaemon(const DaemonParts& parts);

}  // namespace gitops

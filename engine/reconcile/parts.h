// Parts: what the engine is put together from. Filled by the composition root, borrowed by
// everything in this folder; all of it outlives the engine and is thread-safe unless it says
// otherwise.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/random.h"
#include "engine/base/redactor.h"
#include "engine/base/secret.h"
#include "engine/base/work_counters.h"
#include "engine/drivers/driver.h"
#include "engine/drivers/host_shell.h"
#include "engine/model/config.h"
#include "engine/os/sleeper.h"
#include "engine/reconcile/engine.h"
#include "engine/reconcile/secret_reader.h"
#include "engine/store/drift_store.h"
#include "engine/store/store.h"
#include "sources/git_mirror.h"

namespace gitops {

/// The log of one run while it is written.
class RunLogSink : public StepLog {
 public:
  /// The last lines, for a report of a failure.
  virtual std::vector<std::string> Tail() const = 0;
};

struct EngineParts {
  const Config& config;
  Store& store;
  GitMirror& mirror;
  const DriverRegistry& drivers;
  SecretReader& secrets;
  HostShell& hosts;
  const Clock& clock;
  Random& random;
  Sleeper& sleeper;
  Log& log;
  WorkCounters& counters;
  /// Opens the log of a run for appending; lines are redacted with `redactor`.
  std::function<Result<std::unique_ptr<RunLogSink>>(const AppId&, RunId, Redactor)> open_run_log;
  /// Where that log is.
  std::function<std::string(const AppId&, RunId)> run_log_path;
  std::function<void(const Progress&)> progress;  ///< May be empty.
  std::string user;                               ///< Who runs this, for suspensions and events.
  Secret digest_key;
  /// Other work goes on beside each call: a call takes up unfinished runs of its own app only, and
  /// whole passes are refused. Callers see to it that one app is worked on once at a time.
  bool beside_others = false;
  /// Runs begin no further action after this is requested; the one under way goes on.
  std::stop_token pause = {};
  /// What was last seen of what is there; null: nothing is kept of it.
  DriftStore* drift = nullptr;
};

}  // namespace gitops

// Engine: the facade behind every command and, later, the daemon. One pass = recover unfinished
// runs, look at sources, plan what is affected, apply it in order. Blocks the calling thread; the
// threads of a pass are made by WorkerPool and are gone when it returns.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/drift.h"
#include "engine/model/event.h"
#include "engine/model/report.h"

namespace gitops {

struct ReconcileRequest {
  std::vector<std::string> apps;  ///< "name" or "environment/name"; empty: all.
  std::string source;             ///< "" for all.
  std::string environment;        ///< "" for all.
  bool dry_run = false;
  bool prune = false;     ///< Delete orphans in this pass, also where `prune: false`.
  bool full = false;      ///< Compare every app with its record, not only what commits changed.
  bool list_all = false;  ///< Report unchanged apps too.
  /// For dry runs, may be empty: says all there is to say of an app that has a plan. The report
  /// then holds what it said in place of the plan's details, which of a large source would not fit
  /// into memory. Called from several threads at a time.
  std::function<std::string(const AppReport&)> view;
};

struct RollbackRequest {
  std::string app;
  std::optional<int> to;  ///< Snapshot number; default: the last healthy one before the current.
  bool dry_run = false;
  bool revert = false;  ///< Also push a revert commit.
};

struct UpRequest {
  std::string path;         ///< A directory with a manifest, or a manifest.
  std::string environment;  ///< "" for "default".
  bool dry_run = false;
};

/// Progress of a pass, for a terminal: called from several threads, one call at a time.
struct Progress {
  enum class Kind {
    kSourceStarted,
    kSourceFinished,
    kAppStarted,
    kActionStarted,
    kActionFinished,
    kAppFinished
  };
  Kind kind = Kind::kAppStarted;
  std::string subject;  ///< Source or app.
  std::string step;     ///< Actions only.
  std::string detail;
  bool failed = false;
  RunId run = 0;  ///< Actions only.
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Errors of all: kInvalid (wrong names), kNotFound (no such app, with the nearest names in the
  // hint), kConflict, kCancelled, kCorruption. What goes wrong with one app or source is in the
  // report.

  virtual Result<ReconcileReport> Reconcile(const ReconcileRequest& request,
                                            std::stop_token stop) = 0;
  virtual Result<ReconcileReport> Rollback(const RollbackRequest& request,
                                           std::stop_token stop) = 0;
  virtual Result<ReconcileReport> Up(const UpRequest& request, std::stop_token stop) = 0;
  virtual Result<ReconcileReport> Down(const std::string& app, bool dry_run,
                                       std::stop_token stop) = 0;
  virtual Result<AppStatus> Suspend(const std::string& app, const std::string& reason) = 0;
  virtual Result<AppStatus> Resume(const std::string& app) = 0;

  /// Like a dry run of one app without asking the remote.
  virtual Result<ReconcileReport> Diff(const std::string& app) = 0;
  virtual Result<ExplainReport> Explain(const std::string& app) = 0;
  /// All apps when `app` is empty.
  virtual Result<StatusReport> GetStatus(const std::string& app) = 0;
  /// All apps, perhaps without their snapshots: cheaper, for a table.
  virtual Result<StatusReport> Overview() { return GetStatus(""); }
  virtual Result<HistoryReport> History(const std::string& app) = 0;
  /// What is really there against what was recorded as applied. Changes nothing.
  virtual Result<DriftReport> Drift(const DriftRequest& request, std::stop_token stop) = 0;
  virtual Result<std::vector<Event>> Events(const std::string& app, int limit) = 0;

  /// Where the log of a run is; `run` 0 is the app's last one. Errors: kNotFound.
  virtual Result<std::string> LogFile(const std::string& app, RunId run) = 0;

  /// Runs a command of the manifest (`run APP NAME ARGS…`), or any argv (`exec`), on the app's host
  /// with the standard streams of the caller. Returns its exit code.
  virtual Result<int> RunCommand(const std::string& app, const std::string& command,
                                 const std::vector<std::string>& args) = 0;
  virtual Result<int> Exec(const std::string& app, const std::vector<std::string>& argv) = 0;
};

}  // namespace gitops

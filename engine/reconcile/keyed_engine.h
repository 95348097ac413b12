// KeyedEngine: the engine cut by key, for a daemon: one look at one source, one piece of work on
// one app. Calls for different keys may run at the same time on several threads; the caller sees to
// it that there is one call for a source and one for an app at a time. Nothing here decides when.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/report.h"
#include "engine/reconcile/engine.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// An app that has work to do.
struct AppTask {
  AppId app;
  std::string source;
  std::vector<AppId> after;  ///< What it depends on; for a deletion, what depends on it.
  bool prune = false;        ///< Its manifest is gone and the look decided that it may go.
};

/// What a person asks of a look.
struct LookWish {
  bool prune = false;            ///< As ReconcileRequest::prune.
  bool full = false;             ///< As ReconcileRequest::full.
  std::vector<AppId> asked_for;  ///< Apps that are handed on although nothing changed.
};

struct LookOutcome {
  SourceReport report;
  /// The remote answered and all of it is in the store.
  bool clean = false;
  std::vector<AppId> touched;  ///< Apps that differ from what was stored.
  /// Apps that do not, but whose newest change was not worked on to its end yet.
  std::vector<AppId> unfinished;
  std::vector<AppTask> tasks;
  std::vector<AppReport> settled;  ///< Apps that need nothing done: orphans that stay.
};

struct AppWish {
  bool asked_for = false;  ///< A person named it: manual sync and waits do not hold it back.
  bool prune = false;      ///< AppTask::prune of the newest look.
};

struct AppOutcome {
  AppReport report;
  bool known = true;    ///< False: there is no such app (any more).
  bool worked = false;  ///< A run was begun or taken up.
  bool again = false;   ///< Somebody changed the app meanwhile: it has to be worked on once more.
  std::optional<WallTime> retry;  ///< When it is to be tried again.
  /// What it depends on, when it is not in step with Git: work on one of these may let it go on.
  std::vector<AppId> waits_for;
};

class KeyedEngine {
 public:
  virtual ~KeyedEngine() = default;

  /// What was left to do when the last process ended: unfinished runs, owed rollbacks, apps that
  /// are not in step. Once, before anything else; also tidies up sources that are gone.
  struct Backlog {
    std::vector<AppTask> tasks;
    Diagnostics warnings;
  };
  virtual Result<Backlog> TakeStock() = 0;

  /// Fetches, compares, reads what is affected, records. Applies nothing. A source that cannot be
  /// read is in the report. Errors: kNotFound (not configured), those of the store, kCancelled.
  virtual Result<LookOutcome> Look(const std::string& source, const LookWish& wish,
                                   std::stop_token stop) = 0;

  /// Takes up what is unfinished of the app, then plans it from what is recorded and applies it. No
  /// remote is asked. An app that fails is in the report. Errors: those of the store; kCancelled.
  virtual Result<AppOutcome> Work(const AppId& app, const AppWish& wish, std::stop_token stop) = 0;

  /// Commands on one app, which is the key: the engine's methods of the same name.
  virtual Engine& commands() = 0;

  virtual Status Suspend(const AppId& app, const std::string& reason, const std::string& by) = 0;
  virtual Status Resume(const AppId& app, const std::string& by) = 0;
};

/// `parts` is copied; what it refers to must outlive the engine. REQUIRES: parts.beside_others.
std::unique_ptr<KeyedEngine> MakeKeyedEngine(const EngineParts& parts);

}  // namespace gitops

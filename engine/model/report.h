// Reports: what commands tell, as data; engine/cli renders them as text, JSON or YAML, the API as
// JSON. Secret values never get in. Pure values.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/diagnostic.h"
#include "engine/model/app_record.h"
#include "engine/model/drift.h"
#include "engine/model/plan.h"
#include "engine/model/run.h"
#include "engine/model/snapshot.h"
#include "engine/model/source.h"

namespace gitops {

/// The verdict of one pass on one app. The names are part of the JSON contract.
enum class Verdict { kCreate, kUpdate, kUnchanged, kDelete, kOrphaned, kBlocked, kInvalid };

/// "create", "update", …
std::string_view ToString(Verdict verdict);

struct SourceReport {
  std::string name;
  std::string url;  ///< Without user information.
  std::string environment;
  Revision revision;           ///< Commit zero: never read.
  bool changed = false;        ///< A new tip was found in this pass.
  std::optional<Error> error;  ///< The last good state stays.
  Diagnostics warnings;
};

struct ActionReport {
  StepAddress address;
  ActionKind kind = ActionKind::kRun;
  Reason reason;
  std::vector<Change> changes;
  std::string guard;  ///< "if outputs of infrastructure.host change", or "".
  ActionStatus status = ActionStatus::kPending;
  std::optional<std::chrono::milliseconds> duration;
};

/// What is kept of the actions of an app that was told as soon as it was planned.
struct AppView {
  std::string text;  ///< All that is said of the app.
  std::size_t actions = 0;
  std::size_t guarded = 0;  ///< Of these, those that may turn out not to be needed.
};

struct AppReport {
  AppId app;
  std::string source;
  Revision revision;          ///< Wanted.
  Revision applied_revision;  ///< Of the recorded state.
  Verdict verdict = Verdict::kUnchanged;
  SyncStatus sync = SyncStatus::kUnknown;
  Health health = Health::kUnknown;
  std::string reason;
  std::vector<Change> changes;  ///< Of all steps, each path once, sorted.
  std::vector<ActionReport> actions;
  PlanKind plan_kind = PlanKind::kApply;
  int to_snapshot = 0;       ///< Rollback only.
  RunId run = 0;             ///< The run of this pass; 0: none.
  bool failed = false;       ///< Its run failed in this pass (also when it was rolled back since).
  bool rolled_back = false;  ///< …and it was brought back to its last healthy snapshot.
  int snapshot = 0;          ///< Current one; 0: none.
  Diagnostics diagnostics;
  std::vector<std::string> log_tail;  ///< Last lines of the failing step.
  /// Set where ReconcileRequest::view made it: `changes` and `actions` are not kept then.
  std::shared_ptr<const AppView> view;

  std::size_t CountOfActions() const { return view == nullptr ? actions.size() : view->actions; }
};

/// `reconcile`, `rollback`, `up`, `down`: one pass.
struct ReconcileReport {
  bool dry_run = false;
  std::vector<SourceReport> sources;
  std::vector<AppReport> apps;  ///< Sorted by app. In full for JSON, else only those with news.
  std::size_t unchanged = 0;    ///< Apps that need nothing, listed or not.
  Diagnostics diagnostics;      ///< Of the pass as a whole: recovery, limits.

  struct Summary {
    std::size_t create = 0, update = 0, removed = 0, unchanged = 0, blocked = 0, invalid = 0;
    std::size_t orphaned = 0;
    std::size_t actions = 0, failed = 0;
  };
  /// Counts over `apps` and `unchanged`.
  Summary Summarise() const;
  /// True when a source or an app failed or does not work, or cannot be planned.
  bool HasFailures() const;
  /// True when any app has actions that are still to be carried out.
  bool HasPendingChanges() const;
};

struct AppStatus {
  AppRecord record;
  Verdict verdict = Verdict::kUnchanged;  ///< Of the last look.
  std::vector<Snapshot> snapshots;        ///< Newest first.
  /// What the daemon last saw of what is there; none when it never looked, or when the app was
  /// changed since. Of an overview without its steps.
  std::optional<AppDrift> drift;
};

struct StatusReport {
  std::vector<SourceReport> sources;
  std::vector<AppStatus> apps;
};

/// `explain APP`: every step with why it would or would not run.
struct ExplainReport {
  AppReport app;
  std::vector<StepDiff> steps;
  std::vector<std::string> inputs_from;  ///< "environment.TZ from environment production", …
};

struct HistoryReport {
  AppId app;
  std::vector<Run> runs;            ///< Newest first.
  std::vector<Snapshot> snapshots;  ///< Newest first.
  int current_snapshot = 0;
  int pinned_snapshot = 0;
  std::vector<std::string> rejected;
};

}  // namespace gitops

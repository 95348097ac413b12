#include "engine/reconcile/app_work.h"

#include <utility>

#include "differ/describe.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_outcome.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/apply_stage.h"
#include "engine/reconcile/dependencies.h"
#include "engine/reconcile/prune.h"
#include "engine/reconcile/recover_stage.h"
#include "engine/reconcile/snapshot_stage.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

/// Until a run whose files cannot be read, or whose snapshot cannot be kept, is taken up again.
constexpr std::chrono::seconds kRecoveryRetry{30};

Candidate CandidateFor(const EngineParts& parts, const AppRecord& record, const AppWish& wish) {
  Candidate candidate;
  candidate.stored = std::make_shared<const AppRecord>(record);
  candidate.record = record;
  candidate.source = std::make_shared<const SourceSpec>(SpecOf(parts.config, record));
  candidate.asked_for = wish.asked_for;
  return candidate;
}

/// The name of an app that exists and depends on `app`; "" when there is none. Asked right before a
/// deletion, since the look that allowed it.
Result<std::string> FindDependent(const EngineParts& parts, const AppId& app) {
  ASSIGN_OR_RETURN(const auto all, parts.store.ListApps({}));
  for (const AppRecord& other : all) {
    if (!other.has_recorded_steps || other.id == app) continue;
    for (const AppId& needed : DependencyIds(other.id.environment, other.depends_on)) {
      if (needed == app) return other.id.ToString();
    }
  }
  return std::string();
}

/// Plans the deletion that the look decided, or says why the orphan stays.
Status PlanOrphan(const EngineParts& parts, const AppWish& wish, Candidate& candidate) {
  AppRecord& record = candidate.record;
  if (!wish.prune || record.suspension) return {};
  ASSIGN_OR_RETURN(const std::string dependent, FindDependent(parts, record.id));
  if (!dependent.empty()) {
    record.reason = "it stays, because " + dependent + ", which depends on it, is still there";
    candidate.report->reason = record.reason;
    return {};
  }
  ASSIGN_OR_RETURN(Plan plan, PlanDeletion(parts, record, candidate.recorded));
  record.reason = "its manifest is gone from the source";
  candidate.report->verdict = Verdict::kDelete;
  candidate.report->reason = record.reason;
  candidate.report->plan_kind = PlanKind::kDelete;
  candidate.report->actions = DescribeActions(plan);
  candidate.plan = std::make_unique<Plan>(std::move(plan));
  candidate.decision = {};
  return {};
}

bool MayApply(const Candidate& candidate) {
  return candidate.plan && candidate.decision.permission == Permission::kApply &&
         candidate.report->verdict != Verdict::kBlocked &&
         candidate.report->verdict != Verdict::kInvalid;
}

/// Applies what is planned and permitted. True when somebody changed the app since it was loaded.
Result<bool> ApplyPlanned(const EngineParts& parts, AppRunner& runner, Candidate& candidate,
                          std::stop_token stop) {
  if (!MayApply(candidate)) return false;
  std::vector<Candidate*> to_apply{&candidate};
  ASSIGN_OR_RETURN(auto snapshots, KeepSnapshots(parts, KeepWhat::kTrees, to_apply));
  if (to_apply.empty()) return false;
  const Status applied =
      ApplyOne(parts, runner, candidate, to_apply, std::move(snapshots.front()), std::move(stop));
  if (applied) return false;
  if (applied.error().kind != ErrorKind::kConflict || candidate.report->run != 0) {
    return applied.error();
  }
  Block(candidate, applied.error().ToString());
  return true;
}

}  // namespace

Result<AppOutcome> WorkOnApp(const EngineParts& parts, AppRunner& runner, PatternShelf& patterns,
                             const AppId& app, const SourceTrees& trees, const AppWish& wish,
                             std::stop_token stop) {
  AppOutcome outcome;
  outcome.report.app = app;
  ASSIGN_OR_RETURN(auto record, parts.store.LoadApp(app));
  if (!record) {
    outcome.known = false;
    return outcome;
  }
  ASSIGN_OR_RETURN(auto recovered, RecoverApp(parts, runner, *record, wish.asked_for, stop));
  if (recovered) {
    outcome.worked = true;
    outcome.report = *std::move(recovered);
    ASSIGN_OR_RETURN(record, parts.store.LoadApp(app));
    if (!record) return outcome;
    ASSIGN_OR_RETURN(const auto run, parts.store.LoadRun(record->last_run));
    if (run && run->status == RunStatus::kRunning) {
      // What it needs cannot be read now; nothing else can be done with the app before.
      outcome.retry = parts.clock.Now() + kRecoveryRetry;
      return outcome;
    }
  }
  if (record->retry) outcome.retry = record->retry->next;
  const bool configured = FindSource(parts.config, record->source) != nullptr;
  if (!configured && !wish.asked_for) {
    // No source says what it should be: it stays what it is.
    if (!outcome.worked) outcome.report = ReportFromRecord(*record);
    return outcome;
  }
  Candidate candidate = CandidateFor(parts, *record, wish);
  const ObjectId source_tree = trees(record->source);
  RETURN_IF_ERROR(
      PlanCandidate(parts, patterns, source_tree.IsZero() ? record->tree : source_tree, candidate));
  std::vector<Candidate*> candidates{&candidate};
  if (candidate.record.presence == Presence::kOrphaned) {
    RETURN_IF_ERROR(PlanOrphan(parts, wish, candidate));
  } else {
    RETURN_IF_ERROR(CheckDependencies(parts, candidates));
  }
  if (MayApply(candidate)) {
    // What was found is saved with the run that begins, or with what keeps it from beginning.
    RETURN_IF_ERROR(TakeLifted(parts.store, *record, candidate.record));
  } else if (!(candidate.record == *record)) {
    RETURN_IF_ERROR(SaveOutcome(parts.store, *record, candidate.record, {}));
  }
  ASSIGN_OR_RETURN(outcome.again, ApplyPlanned(parts, runner, candidate, std::move(stop)));
  const bool told_already = outcome.worked && candidate.report->run == 0;
  outcome.worked |= candidate.report->run != 0;
  outcome.retry = candidate.record.retry ? candidate.record.retry->next : std::nullopt;
  if (candidate.report->run != 0 && candidate.snapshot_waits) {
    outcome.retry = parts.clock.Now() + kRecoveryRetry;
  }
  if (candidate.record.sync != SyncStatus::kSynced) {
    outcome.waits_for = DependencyIds(candidate.record.id.environment, candidate.record.depends_on);
  }
  if (!told_already) outcome.report = std::move(*candidate.report);
  return outcome;
}

}  // namespace gitops

#include "engine/reconcile/app_runner.h"

#include <algorithm>
#include <utility>

#include "differ/describe.h"
#include "differ/planner.h"
#include "engine/base/check.h"
#include "engine/base/mark.h"
#include "engine/reconcile/app_job.h"
#include "engine/reconcile/app_outcome.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/app_redactor.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/policy.h"
#include "engine/reconcile/snapshot_stage.h"

namespace gitops {
namespace {

/// Summary and first line of the detail: what fits into an event or a status line.
std::string InBrief(const Error& error) {
  const Diagnostic& primary = error.primary();
  std::string line = primary.detail.substr(0, primary.detail.find('\n'));
  // The lines that would follow are in the report and in the log.
  if (const std::size_t tail = line.rfind("; its last lines:"); tail != std::string::npos) {
    line.resize(tail);
  }
  return line.empty() ? primary.summary : primary.summary + ": " + line;
}

OnFailure OnFailureOf(const AppId& app, const Config& config) {
  const EnvironmentSpec environment = config.Environment(app.environment);
  const auto override = environment.apps.find(app.name);
  if (override != environment.apps.end() && override->second.on_failure) {
    return *override->second.on_failure;
  }
  return environment.on_failure;
}

/// The command that carries out a plan like this one.
std::string CommandAgain(const Plan& plan, const AppId& app) {
  switch (plan.kind) {
    case PlanKind::kApply:
      return "reconcile " + app.ToString();
    case PlanKind::kRollback:
      return "rollback " + app.ToString() + " --to " + std::to_string(plan.to_snapshot);
    case PlanKind::kDelete:
      return "down " + app.ToString();
  }
  CHECK(false);
}

}  // namespace

Event AppRunner::MakeEvent(const Candidate& candidate, std::string type, Severity severity,
                           RunId run, std::string message) const {
  Event event;
  event.time = parts_.clock.Now();
  event.severity = severity;
  event.type = std::move(type);
  event.source = candidate.record.source;
  event.app = candidate.record.id;
  event.run = run;
  event.message = std::move(message);
  return event;
}

void AppRunner::Announce(Progress::Kind kind, const Candidate& candidate, std::string detail,
                         bool failed) const {
  if (!parts_.progress) return;
  parts_.progress({kind, candidate.record.id.ToString(), "", std::move(detail), failed});
}

Result<std::optional<Snapshot>> AppRunner::LastHealthy(const AppId& app, int except) {
  ASSIGN_OR_RETURN(const auto snapshots, parts_.store.ListSnapshots(app));
  for (const Snapshot& snapshot : snapshots) {
    if (snapshot.healthy && snapshot.number != except) return std::optional(snapshot);
  }
  return std::optional<Snapshot>();
}

Status AppRunner::Apply(Candidate& candidate, RunTrigger trigger, std::optional<Snapshot> snapshot,
                        bool keep_row, std::stop_token stop) {
  CHECK(candidate.plan && !candidate.plan->IsEmpty());
  Job job;
  job.plan = *candidate.plan;
  job.trigger = trigger;
  job.snapshot = std::move(snapshot);
  job.snapshot_waits = job.snapshot && candidate.snapshot_waits;
  job.keep_row = keep_row;
  if (candidate.wanted) {
    job.app_files = candidate.wanted->app_files;
    job.pattern_files = candidate.wanted->pattern_files;
    job.variables = candidate.wanted->variables;
  }
  std::unique_lock turn(turns_);
  if (stop.stop_requested()) {
    return MakeError(ErrorKind::kCancelled, "stopped", "a stop was requested");
  }
  auto run = Begin(candidate, job);
  if (!run) {
    candidate.report->failed = true;
    candidate.report->diagnostics = run.error().diagnostics;
    return std::move(run).error();
  }
  const Entry entry{.action = 0, .has_happened = false, .is_started = StartsAtOnce(job)};
  if (!job.snapshot_waits) return Carry(candidate, job, *run, entry, std::move(turn), stop);
  ASSIGN_OR_RETURN(auto unkept, GuardSnapshot(parts_, candidate.record, *job.snapshot));
  candidate.snapshot_waits = unkept.has_value();
  if (!unkept) return Carry(candidate, job, *run, entry, std::move(turn), stop);
  REACHED("runner: the snapshot of a run that has begun cannot be kept");
  candidate.record.reason =
      "run " + std::to_string(run->id) +
      " has changed nothing yet, as its snapshot cannot be kept: " + unkept->ToString();
  candidate.record.dirty = true;
  candidate.report->failed = true;
  candidate.report->reason = candidate.record.reason;
  candidate.report->diagnostics = std::move(unkept->diagnostics);
  return SaveOutcome(parts_.store, candidate.record, {});
}

bool AppRunner::StartsAtOnce(const Job& job) {
  const Action& first = job.plan.actions.front();
  return !job.snapshot_waits && first.guard.empty() && !first.guard_any;
}

Result<Run> AppRunner::Begin(Candidate& candidate, const Job& job) {
  NewRun run;
  run.plan = job.plan;
  run.trigger = job.trigger;
  run.snapshot = job.snapshot;
  run.starts = StartsAtOnce(job);
  candidate.record.owed_rollback = 0;  // Whatever begins now takes its place.
  run.app = candidate.record;
  run.app.health = Health::kProgressing;
  run.app.dirty = true;
  CHECK(!job.snapshot || job.snapshot->number > 0);
  ASSIGN_OR_RETURN(const RunId id, parts_.store.BeginRun(run));
  candidate.record.last_run = id;
  candidate.report->run = id;
  // As the store has it now. It is not asked: between a start in the journal and the effect another
  // process could take over, so nothing is done there that takes time.
  Run begun;
  begun.id = id;
  begun.plan = job.plan;
  begun.trigger = job.trigger;
  begun.snapshot = job.snapshot ? job.snapshot->number : 0;
  begun.started = parts_.clock.Now();
  begun.actions.resize(job.plan.actions.size());
  if (run.starts) begun.actions.front().status = ActionStatus::kRunning;
  return begun;
}

Status AppRunner::Carry(Candidate& candidate, Job& job, const Run& run, Entry entry,
                        std::unique_lock<EffectTurns> turn, std::stop_token stop) {
  const Redactor redactor = RedactorFor(job.variables);
  ASSIGN_OR_RETURN(auto log, parts_.open_run_log(candidate.record.id, run.id, redactor));
  Announce(Progress::Kind::kAppStarted, candidate, std::string(ToString(run.plan.kind)), false);
  const auto observer = [&](const Run&, std::size_t index, const ActionRecord& record) {
    if (!parts_.progress) return;
    const bool started = record.status == ActionStatus::kRunning;
    parts_.progress({started ? Progress::Kind::kActionStarted : Progress::Kind::kActionFinished,
                     candidate.record.id.ToString(),
                     run.plan.actions[index].step.address.ToString(),
                     std::string(ToString(record.status)), record.error.has_value(), run.id});
  };
  const ExecutionRequest request{.run = run,
                                 .first_action = entry.action,
                                 .first_has_happened = entry.has_happened,
                                 .first_is_started = entry.is_started,
                                 .recorded = candidate.recorded,
                                 .app_tree = job.app_files.get(),
                                 .pattern_tree = job.pattern_files.get(),
                                 .variables = job.variables,
                                 .log = *log,
                                 .redactor = redactor,
                                 .step_timeout = parts_.config.limits.step_timeout,
                                 .hook_timeout = parts_.config.limits.hook_timeout,
                                 .pause = parts_.pause};
  ASSIGN_OR_RETURN(ExecutionResult result, executor_.Execute(request, observer, stop));
  turn.unlock();
  if (result.error) candidate.report->log_tail = log->Tail();
  Report(candidate, run, result);
  return Conclude(candidate, job, run, std::move(result), stop);
}

void AppRunner::Report(Candidate& candidate, const Run& run, const ExecutionResult& result) const {
  AppReport& report = *candidate.report;
  report.run = run.id;
  report.plan_kind = run.plan.kind;
  report.to_snapshot = run.plan.to_snapshot;
  report.actions = DescribeActions(run.plan);
  for (std::size_t i = 0; i < result.actions.size(); ++i) {
    const ActionRecord& record = result.actions[i];
    report.actions[i].status = record.status;
    if (record.started && record.finished) {
      report.actions[i].duration =
          std::max(std::chrono::milliseconds(0),
                   std::chrono::milliseconds(*record.finished - *record.started));
    }
  }
  report.diagnostics.insert(report.diagnostics.end(), result.warnings.begin(),
                            result.warnings.end());
}

Status AppRunner::Conclude(Candidate& candidate, const Job& job, const Run& run,
                           ExecutionResult result, std::stop_token stop) {
  AppReport& report = *candidate.report;
  AppRecord& record = candidate.record;
  if (result.cancelled) {
    // When even this cannot be written, the next start only counts a crash that was none.
    static_cast<void>(parts_.store.MarkStopped(run.id));
    report.reason = "interrupted; the next command takes it up again";
    Announce(Progress::Kind::kAppFinished, candidate, "interrupted", true);
    return MakeError(
        ErrorKind::kCancelled, "stopped",
        "run " + std::to_string(run.id) + " of " + run.plan.app.ToString() + " was interrupted",
        "the next command takes it up again");
  }
  if (run.plan.kind == PlanKind::kDelete) {
    // Snapshots may be removed before the end of the run.
    RETURN_IF_ERROR(executor_.Journal(result.finished, run.id));
  }
  RunOutcome outcome;
  outcome.finished = std::move(result.finished);
  FailureReaction reaction = FailureReaction::kPark;
  if (result.error) {
    ASSIGN_OR_RETURN(reaction, RecordFailure(candidate, job, run, result, outcome));
    if (job.snapshot_lost) outcome.dropped_snapshots.push_back(run.snapshot);
  } else {
    RecordSuccess(candidate, job, run, outcome);
    if (outcome.forget_app) {
      ASSIGN_OR_RETURN(Diagnostics stay, RemoveSnapshots(parts_, record));
      report.diagnostics.insert(report.diagnostics.end(), stay.begin(), stay.end());
      // For an app whose manifest came back meanwhile, and which is not forgotten.
      ASSIGN_OR_RETURN(outcome.dropped_snapshots, SnapshotNumbers(record.id));
    } else if (run.plan.kind != PlanKind::kDelete) {
      RETURN_IF_ERROR(
          DropOldSnapshots(candidate, record.current_snapshot, record.pinned_snapshot, outcome));
    }
  }
  outcome.app = record;
  RETURN_IF_ERROR(parts_.store.FinishRun(run.id, outcome));
  report.sync = record.sync;
  report.health = record.health;
  if (!record.reason.empty()) report.reason = record.reason;
  report.snapshot = record.current_snapshot;
  report.applied_revision = record.applied_revision;
  Announce(Progress::Kind::kAppFinished, candidate, result.error ? "failed" : "done",
           result.error.has_value());
  if (!result.error || reaction != FailureReaction::kRollBack) return {};
  // A look or a person may have been there during the run: the rollback begins from what they left,
  // that of a suspended app waits, and one that somebody lifted, or another process that took the
  // state over has paid, is not owed any more.
  RETURN_IF_ERROR(CatchUp(parts_.store, record));
  if (record.suspension || record.owed_rollback == 0) return {};
  return PayRollback(candidate, stop);
}

void AppRunner::RecordSuccess(Candidate& candidate, const Job& job, const Run& run,
                              RunOutcome& outcome) {
  AppRecord& record = candidate.record;
  outcome.status = RunStatus::kSucceeded;
  outcome.snapshot_healthy = run.plan.kind == PlanKind::kApply;
  record.retry.reset();
  record.reason.clear();
  std::string message;
  switch (run.plan.kind) {
    case PlanKind::kApply:
      record.sync = SyncStatus::kSynced;
      record.health = Health::kHealthy;
      record.applied_revision = run.plan.revision;
      record.current_snapshot = run.snapshot;
      record.pinned_snapshot = 0;
      record.dirty = false;
      message =
          "applied " + run.plan.revision.Short() + ", snapshot " + std::to_string(run.snapshot);
      break;
    case PlanKind::kRollback:
      record.sync = record.desired_digest == run.plan.desired_digest ? SyncStatus::kSynced
                                                                     : SyncStatus::kOutOfSync;
      record.health = Health::kHealthy;
      record.applied_revision = run.plan.revision;
      record.current_snapshot = run.plan.to_snapshot;
      record.pinned_snapshot = run.plan.to_snapshot;
      record.dirty = record.sync != SyncStatus::kSynced;
      record.reason = "rolled back to snapshot " + std::to_string(run.plan.to_snapshot) + " (" +
                      run.plan.revision.Short() + ")";
      message = record.reason;
      break;
    case PlanKind::kDelete:
      outcome.forget_app = !job.keep_row;
      outcome.forget_steps = job.keep_row;
      record.sync = SyncStatus::kOutOfSync;
      record.health = Health::kMissing;
      record.current_snapshot = 0;
      record.pinned_snapshot = 0;
      record.applied_revision = Revision();
      record.dirty = true;
      record.reason = "taken down";
      message = "deleted";
      break;
  }
  outcome.events.push_back(
      MakeEvent(candidate, "run.succeeded", Severity::kNote, run.id, std::move(message)));
}

Result<FailureReaction> AppRunner::RecordFailure(Candidate& candidate, const Job& job,
                                                 const Run& run, const ExecutionResult& result,
                                                 RunOutcome& outcome) {
  AppRecord& record = candidate.record;
  const Error& error = *result.error;
  outcome.status = RunStatus::kFailed;
  outcome.error = error;
  ASSIGN_OR_RETURN(const auto healthy, LastHealthy(record.id, run.snapshot));
  const bool again = record.retry && record.retry->desired_digest == run.plan.desired_digest;
  const int attempts = again ? record.retry->attempts : 0;
  const FailureReaction reaction =
      DecideFailure({.kind = error.kind,
                     .plan_kind = run.plan.kind,
                     .on_failure = OnFailureOf(record.id, parts_.config),
                     .has_healthy_snapshot = healthy.has_value(),
                     .touched_anything = result.touched_anything,
                     .suspended = record.suspension.has_value(),
                     .attempts = attempts});
  record.retry = RetryState{attempts + 1, std::nullopt, error.kind, run.plan.desired_digest};
  record.sync = SyncStatus::kOutOfSync;
  record.health = Health::kDegraded;
  record.dirty = true;
  const std::string name = record.id.ToString();
  const std::string what = "run " + std::to_string(run.id) + " failed: " + InBrief(error);
  switch (reaction) {
    case FailureReaction::kRetryLater:
      record.retry->next =
          parts_.clock.Now() +
          RetryDelay(attempts + 1, static_cast<double>(parts_.random.Below(1000)) / 1000.0);
      // Nothing else plans the way back again: what Git says is not applied any more.
      if (run.plan.kind == PlanKind::kRollback) record.owed_rollback = run.plan.to_snapshot;
      record.reason = what + "; it is tried again";
      break;
    case FailureReaction::kRollBack:
      Reject(record, run.plan.desired_digest);
      record.owed_rollback = healthy->number;
      record.reason = what + "; it is rolled back";
      break;
    case FailureReaction::kHold:
      outcome.status = RunStatus::kCancelled;
      record.retry.reset();
      record.reason = "run " + std::to_string(run.id) +
                      " was interrupted and is held: " + error.primary().detail +
                      "; to go on: tfgrid-compose resume " + name;
      outcome.events.push_back(
          MakeEvent(candidate, "run.held", Severity::kWarning, run.id, record.reason));
      return reaction;
    case FailureReaction::kPark:
      record.reason =
          what + "; push a fix, or try again: tfgrid-compose " + CommandAgain(run.plan, record.id);
      if (run.plan.kind == PlanKind::kApply && !healthy) {
        record.reason += ", or remove it: tfgrid-compose down " + name;
      }
      break;
  }
  candidate.report->failed = true;
  candidate.report->diagnostics.insert(candidate.report->diagnostics.end(),
                                       error.diagnostics.begin(), error.diagnostics.end());
  outcome.events.push_back(MakeEvent(candidate, "run.failed", Severity::kError, run.id, what));
  static_cast<void>(job);
  return reaction;
}

Result<std::vector<int>> AppRunner::SnapshotNumbers(const AppId& app) {
  ASSIGN_OR_RETURN(const auto snapshots, parts_.store.ListSnapshots(app));
  std::vector<int> numbers;
  for (const Snapshot& snapshot : snapshots) numbers.push_back(snapshot.number);
  return numbers;
}

Status AppRunner::DropOldSnapshots(const Candidate& candidate, int current, int pinned,
                                   RunOutcome& outcome) {
  ASSIGN_OR_RETURN(const auto snapshots, parts_.store.ListSnapshots(candidate.record.id));
  const auto keep = static_cast<std::size_t>(std::max(2, parts_.config.limits.keep_snapshots));
  bool healthy_kept = false;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const Snapshot& snapshot = snapshots[i];
    const bool last_healthy = snapshot.healthy && !healthy_kept;
    healthy_kept |= snapshot.healthy;
    if (i < keep || snapshot.number == current || snapshot.number == pinned || last_healthy) {
      continue;
    }
    outcome.dropped_snapshots.push_back(snapshot.number);
  }
  return {};
}

}  // namespace gitops

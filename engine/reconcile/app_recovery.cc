// The part of AppRunner that takes up runs which a crash or a kill left unfinished.
#include <utility>

#include "engine/base/mark.h"
#include "engine/reconcile/app_job.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/no_log.h"
#include "engine/reconcile/snapshot_stage.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

/// A person suspended the app after the run had begun. (`down` suspends as it begins one.)
bool IsHeld(const Run& run, const AppRecord& record) {
  return record.suspension && record.suspension->since > run.started;
}

}  // namespace

Result<AppRunner::Job> AppRunner::JobOfRun(const Run& run, const Candidate& candidate) {
  Job job;
  job.plan = run.plan;
  job.trigger = run.trigger;
  job.keep_row =
      candidate.record.suspension.has_value() && GitWants(parts_.config, candidate.record);
  ASSIGN_OR_RETURN(RunTrees trees, OpenRunTrees(parts_, *candidate.source, run.plan));
  job.app_files = std::move(trees.app_files);
  job.pattern_files = std::move(trees.pattern_files);
  job.variables = std::move(trees.variables);
  if (run.plan.kind != PlanKind::kDelete) job.lacking = std::move(trees.lacking);
  return job;
}

Result<RecoveryDecision> AppRunner::Decide(const Run& run, const Candidate& candidate,
                                           const Job& job, std::stop_token stop) {
  std::optional<Observation> observed;
  if (const auto interrupted = InterruptedAction(run)) {
    const Action& action = run.plan.actions[*interrupted];
    std::map<StepAddress, Outputs> outputs;
    for (const RecordedStep& step : candidate.recorded.steps) {
      outputs[step.step.address] = step.outputs;
    }
    NoLog log;
    const StepContext context{.app = run.plan.app,
                              .revision = run.plan.revision,
                              .app_version = run.plan.app_version,
                              .step = action.step,
                              .app_tree = job.app_files.get(),
                              .pattern_tree = job.pattern_files.get(),
                              .variables = job.variables,
                              .outputs = outputs,
                              .previous = outputs[action.step.address],
                              .run = run.id,
                              .log = log,
                              .timeout = parts_.config.limits.step_timeout};
    Driver* const driver = parts_.drivers.Find(action.step.driver);
    // What a hook did cannot be seen, and whatever its state is, it runs again.
    if (driver != nullptr && action.step.nature == StepNature::kResource) {
      if (auto seen = driver->Observe(context, stop)) observed = seen->observation;
    }
  }
  ASSIGN_OR_RETURN(const auto healthy, LastHealthy(run.plan.app, run.snapshot));
  return DecideRecovery({.run = run,
                         .observed = observed,
                         .has_healthy_snapshot = healthy.has_value(),
                         .suspended = IsHeld(run, candidate.record),
                         .earlier_recoveries = run.recoveries});
}

Status AppRunner::GuardAgain(const Run& run, const Candidate& candidate, Job& job) {
  if (run.snapshot == 0 || run.plan.kind != PlanKind::kApply) return {};
  ASSIGN_OR_RETURN(const auto snapshot, parts_.store.LoadSnapshot(run.plan.app, run.snapshot));
  if (!snapshot) return {};
  ASSIGN_OR_RETURN(auto unkept, GuardSnapshot(parts_, candidate.record, *snapshot));
  if (!unkept) return {};
  REACHED("recovery: the snapshot of the run cannot be kept");
  job.snapshot_lost = true;
  if (job.lacking) return {};
  job.lacking = std::move(unkept);
  job.lacking->kind = ErrorKind::kTransient;  // Whatever it is, the app is not at fault.
  return {};
}

Status AppRunner::Recover(const Run& run, Candidate& candidate, std::stop_token stop) {
  ASSIGN_OR_RETURN(candidate.recorded, parts_.store.LoadRecorded(run.plan.app));
  ASSIGN_OR_RETURN(Job job, JobOfRun(run, candidate));
  RETURN_IF_ERROR(GuardAgain(run, candidate, job));
  const bool held = IsHeld(run, candidate.record);
  if (!held && job.lacking && job.lacking->kind == ErrorKind::kTransient) {
    // Nothing is wrong with the app: the run stays as it is until its files can be read again.
    REACHED("recovery: what the run needs cannot be read now");
    candidate.report->failed = true;
    candidate.report->reason = "run " + std::to_string(run.id) +
                               " was interrupted and is taken up when its files can be read";
    candidate.report->diagnostics = std::move(job.lacking)->diagnostics;
    return {};
  }
  ASSIGN_OR_RETURN(const RecoveryDecision decision, Decide(run, candidate, job, stop));

  Diagnostic note;
  note.severity = Severity::kWarning;
  note.summary = "an interrupted run was taken up";
  note.subject = run.plan.app.ToString();
  note.detail = "run " + std::to_string(run.id) + " (" + std::string(ToString(run.plan.kind)) +
                ") was " + std::string(ToString(decision.kind)) + ": " + decision.reason;
  candidate.report->diagnostics.push_back(note);
  RETURN_IF_ERROR(parts_.store.MarkRecovered(
      run.id, MakeEvent(candidate, "run.recovered", Severity::kWarning, run.id, note.detail)));

  const bool goes_on = decision.kind == RecoveryKind::kResume ||
                       decision.kind == RecoveryKind::kRedo ||
                       decision.kind == RecoveryKind::kConclude;
  if (goes_on && !job.lacking) {
    const Entry entry{.action = decision.action,
                      .has_happened = decision.kind == RecoveryKind::kConclude,
                      .is_started = false};
    return Carry(candidate, job, run, entry, std::unique_lock(turns_), stop);
  }
  // The end of the run is what its journal says, or that it cannot go on.
  ExecutionResult result;
  result.actions = run.actions;
  result.touched_anything = true;
  for (std::size_t i = 0; i < run.actions.size() && !result.error; ++i) {
    const ActionStatus status = run.actions[i].status;
    if (status != ActionStatus::kFailed && status != ActionStatus::kUnknown) continue;
    result.error = run.actions[i].error.value_or(
        MakeError(ErrorKind::kUnknownOutcome, "an action failed",
                  run.plan.actions[i].step.address.ToString() + " left no error"));
  }
  if (goes_on) {
    REACHED("recovery: what the run needs is gone");
    result.error = std::move(*job.lacking).WithContext("an interrupted run cannot go on");
  } else if (decision.kind == RecoveryKind::kHold) {
    result.error = MakeError(ErrorKind::kCancelled, "held by a suspension", decision.reason);
  } else if (decision.kind != RecoveryKind::kFinish) {
    result.error =
        MakeError(ErrorKind::kUnknownOutcome, "a run was interrupted too often", decision.reason);
  }
  Report(candidate, run, result);
  return Conclude(candidate, job, run, std::move(result), stop);
}

}  // namespace gitops

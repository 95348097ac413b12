#include "engine/store/journal.h"

#include "engine/store/app_rows.h"
#include "engine/store/event_rows.h"
#include "engine/store/run_rows.h"
#include "engine/store/snapshot_rows.h"
#include "engine/store/step_rows.h"

namespace gitops {
namespace {

Error RunIsOver(RunId run, const RunHead& head) {
  return MakeError(ErrorKind::kConflict, "the run is over",
                   "run " + std::to_string(run) + " of " + head.app.ToString() + " is " +
                       std::string(ToString(head.status)) + ": somebody else finished it");
}

Result<RunHead> LoadRunning(const JournalContext& context, RunId run) {
  ASSIGN_OR_RETURN(RunHead head, LoadRunHead(context.connection, run));
  if (head.status != RunStatus::kRunning) return RunIsOver(run, head);
  return head;
}

/// Errors also: kConflict when the action has its final outcome: it must not be started again.
Result<ActionRow> LoadOpenAction(const JournalContext& context, RunId run, std::size_t action) {
  ASSIGN_OR_RETURN(ActionRow row, LoadActionRow(context.connection, run, action));
  if (row.record.status == ActionStatus::kSucceeded ||
      row.record.status == ActionStatus::kSkipped) {
    return MakeError(ErrorKind::kConflict, "the action is done already",
                     "action " + std::to_string(action) + " of run " + std::to_string(run) +
                         " is " + std::string(ToString(row.record.status)));
  }
  return row;
}

Status AppendRunEvents(const JournalContext& context, RunId run, const AppId& app,
                       const std::vector<Event>& events) {
  for (Event event : events) {
    // The caller cannot know the number of a run that begins.
    if (event.run == 0 && event.app == app) event.run = run;
    RETURN_IF_ERROR(AppendEventRow(context.connection, event, context.now));
  }
  return {};
}

/// The record of a step that has never succeeded: where it is, but no inputs.
RecordedStep NeverSucceeded(const Action& action, const StepMark& mark) {
  RecordedStep recorded;
  recorded.step = action.step;
  recorded.step.inputs.clear();
  recorded.tainted = mark.tainted;
  recorded.outcome_unknown = mark.outcome_unknown;
  recorded.run = mark.run;
  return recorded;
}

Status Mark(const JournalContext& context, const AppId& app, const Action& action, bool recorded,
            const StepMark& mark) {
  if (recorded) return SetStepMark(context.connection, app, action.step.address, mark);
  return SaveStepRow(context.connection, context.seal_key, app, NeverSucceeded(action, mark));
}

RecordBefore Before(const std::optional<StepMark>& mark) {
  if (!mark) return RecordBefore::kAbsent;
  if (mark->outcome_unknown) return RecordBefore::kUnknown;
  return mark->tainted ? RecordBefore::kTainted : RecordBefore::kClean;
}

/// Takes back what MarkStarted did to the record.
Status RestoreRecord(const JournalContext& context, const Plan& plan, const Action& action,
                     const ActionRow& row) {
  switch (row.before) {
    case RecordBefore::kNone:
      return {};
    case RecordBefore::kAbsent:
      RETURN_IF_ERROR(DeleteStepRow(context.connection, plan.app, action.step.address));
      break;
    case RecordBefore::kClean:
    case RecordBefore::kTainted:
    case RecordBefore::kUnknown:
      RETURN_IF_ERROR(SetStepMark(context.connection, plan.app, action.step.address,
                                  StepMark{.tainted = row.before != RecordBefore::kClean,
                                           .outcome_unknown = row.before == RecordBefore::kUnknown,
                                           .run = row.run_before}));
      break;
  }
  return BumpSerial(context.connection, plan.app);
}

Status RecordSuccess(const JournalContext& context, RunId run, const Plan& plan,
                     const Action& action, const ActionOutcome& outcome) {
  if (action.kind == ActionKind::kDelete) {
    RETURN_IF_ERROR(DeleteStepRow(context.connection, plan.app, action.step.address));
  } else {
    CHECK(outcome.recorded.has_value());
    CHECK(outcome.recorded->step.address == action.step.address);
    RecordedStep recorded = *outcome.recorded;
    recorded.tainted = false;
    recorded.outcome_unknown = false;
    recorded.run = run;
    RETURN_IF_ERROR(SaveStepRow(context.connection, context.seal_key, plan.app, recorded));
  }
  return BumpSerial(context.connection, plan.app);
}

/// Failed or unknown. A failure before any start leaves the record as it is.
Status RecordFailure(const JournalContext& context, RunId run, const Plan& plan,
                     const Action& action, const ActionRow& row, bool unknown) {
  if (!unknown && row.before == RecordBefore::kNone) return {};
  ASSIGN_OR_RETURN(const auto mark,
                   LoadStepMark(context.connection, plan.app, action.step.address));
  const StepMark after{.tainted = true, .outcome_unknown = unknown, .run = run};
  if (mark && mark->tainted && mark->outcome_unknown == unknown && mark->run == run) return {};
  RETURN_IF_ERROR(Mark(context, plan.app, action, mark.has_value(), after));
  return BumpSerial(context.connection, plan.app);
}

/// What a look at the source, or a person, saved while the run was under way; nullopt: nothing.
Result<std::optional<AppRecord>> LoadNewerLook(const JournalContext& context, const RunHead& head) {
  ASSIGN_OR_RETURN(const std::int64_t looks, LoadLooks(context.connection, head.app));
  if (looks == head.app_looks) return std::optional<AppRecord>();
  return LoadAppRow(context.connection, head.app);
}

/// The app as it is to be stored after its run: what a newer look knows better stays.
AppRecord Merged(const RunOutcome& outcome, const AppRecord& newer) {
  AppRecord app = outcome.app;
  TakeLook(app, newer);
  app.suspension = newer.suspension;
  app.dirty = app.dirty || newer.dirty;
  // A run that succeeds rejects nothing that was not rejected when it began: a person lifted that.
  if (outcome.status == RunStatus::kSucceeded && app.rejected != newer.rejected) {
    app.rejected = newer.rejected;
    app.pinned_snapshot = newer.pinned_snapshot;
  }
  return app;
}

Status SaveAppAfterRun(const JournalContext& context, RunId run, const RunHead& head,
                       const RunOutcome& outcome) {
  ASSIGN_OR_RETURN(const auto newer, LoadNewerLook(context, head));
  // A manifest that came back while its app was being deleted is not forgotten with it.
  const bool came_back = newer && newer->presence == Presence::kPresent && newer->dirty;
  if (outcome.forget_app && !came_back) return DeleteAppRow(context.connection, head.app);
  AppRecord app = newer ? Merged(outcome, *newer) : outcome.app;
  app.last_run = run;
  RETURN_IF_ERROR(SaveAppRow(context.connection, app, AppWriter::kRun));
  if (outcome.forget_steps) {
    RETURN_IF_ERROR(DeleteStepRows(context.connection, head.app));
    RETURN_IF_ERROR(BumpSerial(context.connection, head.app));
  }
  if (outcome.snapshot_healthy) {
    RETURN_IF_ERROR(MarkSnapshotHealthy(context.connection, head.app, head.snapshot));
  }
  for (const int number : outcome.dropped_snapshots) {
    RETURN_IF_ERROR(DeleteSnapshotRow(context.connection, head.app, number));
  }
  return {};
}

/// A plan for what the app no longer is, or one that a person has stopped since, does not begin.
Status CheckIsAsPlanned(const JournalContext& context, const AppRecord& planned) {
  ASSIGN_OR_RETURN(const auto row, LoadAppRow(context.connection, planned.id));
  if (!row) return {};
  const bool suspended = row->suspension && !planned.suspension;
  if (SameLook(*row, planned) && !suspended) return {};
  return MakeError(ErrorKind::kConflict, "the app changed while it was planned",
                   suspended ? planned.id.ToString() + " was suspended by " + row->suspension->by
                             : planned.id.ToString() + " is at " + row->revision.Short() +
                                   " now and was planned at " + planned.revision.Short(),
                   "plan again: tfgrid-compose reconcile " + planned.id.ToString());
}

Status CheckMayBegin(const JournalContext& context, const Plan& plan) {
  ASSIGN_OR_RETURN(const auto unfinished, FindUnfinishedRun(context.connection, plan.app));
  if (unfinished) {
    return MakeError(ErrorKind::kConflict, "the app has an unfinished run",
                     "run " + std::to_string(*unfinished) + " of " + plan.app.ToString() +
                         " has not been finished",
                     "let it be recovered first: tfgrid-compose reconcile " + plan.app.name);
  }
  ASSIGN_OR_RETURN(const auto serial,
                   context.connection.Number(
                       "SELECT recorded_serial FROM app WHERE environment = ? AND name = ?",
                       plan.app.environment, plan.app.name));
  const auto present = static_cast<std::uint64_t>(serial.value_or(0));
  if (present != plan.recorded_serial) {
    return MakeError(ErrorKind::kConflict, "the plan is out of date",
                     "it was made for record " + std::to_string(plan.recorded_serial) + " of " +
                         plan.app.ToString() + ", which is at " + std::to_string(present) + " now",
                     "plan again: tfgrid-compose reconcile " + plan.app.name);
  }
  return {};
}

}  // namespace

Result<RunId> BeginRun(const JournalContext& context, const NewRun& new_run) {
  const Plan& plan = new_run.plan;
  CHECK(new_run.app.id == plan.app);
  CHECK(!new_run.snapshot || new_run.snapshot->app == plan.app);
  Connection& connection = context.connection;
  RETURN_IF_ERROR(CheckMayBegin(context, plan));
  RETURN_IF_ERROR(CheckIsAsPlanned(context, new_run.app));

  std::optional<Snapshot> snapshot = new_run.snapshot;
  if (snapshot && snapshot->number == 0) {
    ASSIGN_OR_RETURN(snapshot->number, NextSnapshotRowNumber(connection, plan.app));
  }
  Run run;
  run.plan = plan;
  run.trigger = new_run.trigger;
  run.snapshot = snapshot ? snapshot->number : 0;
  run.started = context.now;
  ASSIGN_OR_RETURN(const std::int64_t looks, LoadLooks(connection, plan.app));
  ASSIGN_OR_RETURN(const RunId id, InsertRunRow(connection, run, looks));

  AppRecord app = new_run.app;
  app.last_run = id;
  RETURN_IF_ERROR(SaveAppRow(connection, app, AppWriter::kRun));
  if (snapshot) {
    snapshot->run = id;
    if (snapshot->created_at == WallTime{}) snapshot->created_at = context.now;
    RETURN_IF_ERROR(SaveSnapshotRow(connection, *snapshot));
  }
  RETURN_IF_ERROR(AppendRunEvents(context, id, plan.app, new_run.events));
  if (new_run.starts) RETURN_IF_ERROR(MarkStarted(context, id, plan, 0));
  return id;
}

Status MarkStarted(const JournalContext& context, RunId run, const Plan& plan,
                   std::size_t position) {
  CHECK(position < plan.actions.size());
  const Action& action = plan.actions[position];
  ASSIGN_OR_RETURN(const RunHead head, LoadRunning(context, run));
  ASSIGN_OR_RETURN(ActionRow row, LoadOpenAction(context, run, position));
  ASSIGN_OR_RETURN(const auto mark,
                   LoadStepMark(context.connection, head.app, action.step.address));
  if (row.before == RecordBefore::kNone) {
    row.before = Before(mark);
    row.run_before = mark ? mark->run : 0;
  }
  row.record = ActionRecord{.status = ActionStatus::kRunning,
                            .started = context.now,
                            .finished = std::nullopt,
                            .error = std::nullopt};
  RETURN_IF_ERROR(SaveActionRow(context.connection, run, position, row));
  // What is unknown about an earlier start stays so until this one has an outcome.
  const bool unknown = mark && mark->outcome_unknown;
  RETURN_IF_ERROR(Mark(context, head.app, action, mark.has_value(),
                       StepMark{.tainted = true, .outcome_unknown = unknown, .run = run}));
  return BumpSerial(context.connection, head.app);
}

Status MarkReplaced(const JournalContext& context, RunId run, const Plan& plan,
                    std::size_t position) {
  CHECK(position < plan.actions.size());
  const Action& action = plan.actions[position];
  CHECK(action.kind == ActionKind::kReplace);
  ASSIGN_OR_RETURN(const RunHead head, LoadRunning(context, run));
  ASSIGN_OR_RETURN(const ActionRow row, LoadOpenAction(context, run, position));
  CHECK(row.record.status == ActionStatus::kRunning);
  const StepMark mark{.tainted = true, .outcome_unknown = false, .run = run};
  RETURN_IF_ERROR(
      SaveStepRow(context.connection, context.seal_key, head.app, NeverSucceeded(action, mark)));
  return BumpSerial(context.connection, head.app);
}

Status MarkFinished(const JournalContext& context, RunId run, const Plan& plan,
                    std::size_t position, const ActionOutcome& outcome) {
  CHECK(position < plan.actions.size());
  const Action& action = plan.actions[position];
  ASSIGN_OR_RETURN(const RunHead head, LoadRunning(context, run));
  ASSIGN_OR_RETURN(ActionRow row, LoadOpenAction(context, run, position));
  row.record.status = outcome.status;
  row.record.finished = context.now;
  row.record.error = outcome.error;
  RETURN_IF_ERROR(SaveActionRow(context.connection, run, position, row));
  switch (outcome.status) {
    case ActionStatus::kSucceeded:
      // It got past what the engine died in: what comes has its own count.
      RETURN_IF_ERROR(ForgetRecoveries(context.connection, run));
      return RecordSuccess(context, run, plan, action, outcome);
    case ActionStatus::kFailed:
      return RecordFailure(context, run, plan, action, row, /*unknown=*/false);
    case ActionStatus::kUnknown:
      return RecordFailure(context, run, plan, action, row, /*unknown=*/true);
    case ActionStatus::kSkipped:
      return RestoreRecord(context, plan, action, row);
    case ActionStatus::kPending:
    case ActionStatus::kRunning:
      break;
  }
  CheckFailed("an outcome", __FILE__, __LINE__);
}

Status MarkRecovered(const JournalContext& context, RunId run, const Event& event) {
  ASSIGN_OR_RETURN(const RunHead head, LoadRunning(context, run));
  RETURN_IF_ERROR(CountRecovery(context.connection, run));
  return AppendRunEvents(context, run, head.app, {event});
}

Status FinishRun(const JournalContext& context, RunId run, const RunOutcome& outcome) {
  CHECK(outcome.status != RunStatus::kRunning);
  Connection& connection = context.connection;
  ASSIGN_OR_RETURN(const RunHead head, LoadRunning(context, run));
  CHECK(outcome.app.id == head.app);
  RETURN_IF_ERROR(FinishRunRow(connection, run, outcome.status, outcome.error, context.now));
  RETURN_IF_ERROR(SaveAppAfterRun(context, run, head, outcome));
  RETURN_IF_ERROR(PruneRunPlans(connection, head.app, context.kept_plans));
  return AppendRunEvents(context, run, head.app, outcome.events);
}

}  // namespace gitops

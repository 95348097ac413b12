#include "engine/reconcile/recover_stage.h"

#include <algorithm>

#include "engine/base/mark.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/policy.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

Candidate CandidateFor(const EngineParts& parts, AppRecord record) {
  Candidate candidate;
  candidate.record = std::move(record);
  candidate.source = std::make_shared<const SourceSpec>(SpecOf(parts.config, candidate.record));
  *candidate.report = ReportFromRecord(candidate.record);
  candidate.report->diagnostics.clear();
  candidate.report->verdict = Verdict::kUpdate;
  return candidate;
}

/// Apps that owe a rollback: a crash came before it, or it failed and is worth another attempt. A
/// suspended one waits: a person said that nothing is to be touched.
Result<std::vector<AppRecord>> OwingApps(const EngineParts& parts) {
  AppFilter filter;
  filter.owing_rollback = true;
  ASSIGN_OR_RETURN(auto apps, parts.store.ListApps(filter));
  std::erase_if(apps, [](const AppRecord& app) { return app.suspension.has_value(); });
  return apps;
}

/// Its rollback was tried, so that the last failure was the rollback's own.
bool RollbackFailed(const AppRecord& app) { return app.retry && app.retry->next; }

Diagnostic Warning(const AppId& app, std::string summary, std::string detail) {
  Diagnostic note;
  note.severity = Severity::kWarning;
  note.summary = std::move(summary);
  note.subject = app.ToString();
  note.detail = std::move(detail);
  return note;
}

/// What is said of a rollback that begins late.
Diagnostic TakenUp(const AppRecord& app) {
  const std::string snapshot = "snapshot " + std::to_string(app.owed_rollback);
  if (RollbackFailed(app)) {
    REACHED("recovery: a failed rollback is tried again");
    return Warning(app.id, "a rollback is tried again",
                   "run " + std::to_string(app.last_run) + ", back to " + snapshot + ", failed");
  }
  REACHED("recovery: an owed rollback is paid");
  return Warning(app.id, "an interrupted rollback was taken up",
                 "the engine ended between run " + std::to_string(app.last_run) +
                     ", which failed, and its rollback to " + snapshot);
}

/// `record` is empty for an app that has no row.
Result<AppReport> TakeUp(const EngineParts& parts, AppRunner& runner, const Run& run,
                         std::optional<AppRecord> record, std::stop_token stop) {
  Candidate candidate = CandidateFor(parts, std::move(record).value_or(AppRecord()));
  candidate.record.id = candidate.report->app = run.plan.app;
  candidate.record.last_run = run.id;
  if (run.plan.kind == PlanKind::kDelete) candidate.report->verdict = Verdict::kDelete;
  RETURN_IF_ERROR(runner.Recover(run, candidate, std::move(stop)));
  return std::move(*candidate.report);
}

Result<AppReport> PayWhatIsOwed(const EngineParts& parts, AppRunner& runner, AppRecord record,
                                std::stop_token stop) {
  Candidate candidate = CandidateFor(parts, std::move(record));
  candidate.report->diagnostics.push_back(TakenUp(candidate.record));
  RETURN_IF_ERROR(runner.PayRollback(candidate, std::move(stop)));
  return std::move(*candidate.report);
}

}  // namespace

Result<std::map<AppId, AppReport>> RecoverRuns(const EngineParts& parts, AppRunner& runner,
                                               const std::vector<AppId>& asked_for,
                                               std::stop_token stop) {
  std::map<AppId, AppReport> reports;
  ASSIGN_OR_RETURN(const auto runs, parts.store.UnfinishedRuns());
  for (const Run& run : runs) {
    ASSIGN_OR_RETURN(auto record, parts.store.LoadApp(run.plan.app));
    ASSIGN_OR_RETURN(reports[run.plan.app], TakeUp(parts, runner, run, std::move(record), stop));
  }
  ASSIGN_OR_RETURN(auto owing, OwingApps(parts));
  for (AppRecord& record : owing) {
    const AppId app = record.id;
    const bool named = std::find(asked_for.begin(), asked_for.end(), app) != asked_for.end();
    if (!MayPayRollback(record, named, parts.clock.Now())) continue;
    ASSIGN_OR_RETURN(reports[app], PayWhatIsOwed(parts, runner, std::move(record), stop));
  }
  return reports;
}

Result<std::optional<AppReport>> RecoverApp(const EngineParts& parts, AppRunner& runner,
                                            const AppRecord& app, bool asked_for,
                                            std::stop_token stop) {
  std::optional<AppReport> report;
  if (app.last_run > 0) {
    ASSIGN_OR_RETURN(const auto run, parts.store.LoadRun(app.last_run));
    if (run && run->status == RunStatus::kRunning) {
      ASSIGN_OR_RETURN(report, TakeUp(parts, runner, *run, app, stop));
    }
  }
  ASSIGN_OR_RETURN(auto now, parts.store.LoadApp(app.id));
  if (now && now->owed_rollback > 0 && !now->suspension &&
      MayPayRollback(*now, asked_for, parts.clock.Now())) {
    ASSIGN_OR_RETURN(report, PayWhatIsOwed(parts, runner, *std::move(now), stop));
  }
  return report;
}

Result<Diagnostics> DescribeUnfinishedRuns(const EngineParts& parts) {
  static constexpr const char* kHint =
      "the next command that changes something takes it up: tfgrid-compose reconcile";
  Diagnostics diagnostics;
  ASSIGN_OR_RETURN(const auto runs, parts.store.UnfinishedRuns());
  for (const Run& run : runs) {
    diagnostics.push_back(Warning(run.plan.app, "a run is unfinished",
                                  "run " + std::to_string(run.id) + " was interrupted"));
    diagnostics.back().hint = kHint;
  }
  ASSIGN_OR_RETURN(const auto owing, OwingApps(parts));
  for (const AppRecord& app : owing) {
    const std::string run = "run " + std::to_string(app.last_run);
    diagnostics.push_back(Warning(
        app.id, "a rollback is owed",
        RollbackFailed(app) ? run + ", which rolls it back, failed and is tried again"
                            : run + " failed, and the engine ended before it was rolled back"));
    diagnostics.back().hint = kHint;
  }
  return diagnostics;
}

}  // namespace gitops

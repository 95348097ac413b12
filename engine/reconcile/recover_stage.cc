#include "engine/reconcile/recover_stage.h"

#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {

Result<std::map<AppId, AppReport>> RecoverRuns(const EngineParts& parts, AppRunner& runner,
                                               std::stop_token stop) {
  std::map<AppId, AppReport> reports;
  ASSIGN_OR_RETURN(const auto runs, parts.store.UnfinishedRuns());
  for (const Run& run : runs) {
    ASSIGN_OR_RETURN(auto record, parts.store.LoadApp(run.plan.app));
    Candidate candidate;
    candidate.record = record.value_or(AppRecord());
    candidate.record.id = run.plan.app;
    candidate.record.last_run = run.id;
    candidate.source = SpecOf(parts.config, candidate.record);
    candidate.report = ReportFromRecord(candidate.record);
    candidate.report.diagnostics.clear();
    candidate.report.verdict =
        run.plan.kind == PlanKind::kDelete ? Verdict::kDelete : Verdict::kUpdate;
    RETURN_IF_ERROR(runner.Recover(run, candidate, stop));
    reports[run.plan.app] = std::move(candidate.report);
  }
  return reports;
}

Result<Diagnostics> DescribeUnfinishedRuns(const EngineParts& parts) {
  Diagnostics diagnostics;
  ASSIGN_OR_RETURN(const auto runs, parts.store.UnfinishedRuns());
  for (const Run& run : runs) {
    Diagnostic note;
    note.severity = Severity::kWarning;
    note.summary = "a run is unfinished";
    note.subject = run.plan.app.ToString();
    note.detail = "run " + std::to_string(run.id) + " was interrupted";
    note.hint = "the next command that changes something takes it up: tfgrid-compose reconcile";
    diagnostics.push_back(std::move(note));
  }
  return diagnostics;
}

}  // namespace gitops

#include "differ/describe.h"
#include "differ/planner.h"
#include "differ/render.h"
#include "tests/golden/plan/cases.h"
#include "tests/unit/differ/app_states.h"

namespace gitops::testing {
namespace {

using std::chrono::milliseconds;

const Revision kOld = *ParseRevision("main@sha1:1111111111111111111111111111111111111111");
const Revision kNew = *ParseRevision("main@sha1:5d0f3aa111111111111111111111111111111111");

AppReport App(const std::string& name, Verdict verdict, const std::string& reason) {
  AppReport app;
  app.app = {"production", name};
  app.source = "apps";
  app.revision = kNew;
  app.applied_revision = kOld;
  app.verdict = verdict;
  app.health = Health::kHealthy;
  app.sync = verdict == Verdict::kUnchanged ? SyncStatus::kSynced : SyncStatus::kOutOfSync;
  app.reason = reason;
  return app;
}

/// The plan of the small app, new (`create`) or with more memory.
AppReport Planned(const std::string& name, bool create) {
  DesiredState desired = SmallApp();
  RecordedState recorded = RecordOf(desired);
  if (create) {
    recorded.steps.clear();
  } else {
    SetInput(desired, "infrastructure.host", "variables.memory", "8192");
    SetInput(desired, "app.configure[host]", "environment.TZ", "UTC");
  }
  const Plan plan = *BuildPlan(desired, recorded);
  AppReport app = App(name, VerdictOf(plan, recorded), DescribePlan(plan, recorded));
  app.changes = CollectChanges(plan);
  app.actions = DescribeActions(plan);
  if (create) app.applied_revision = {};
  return app;
}

Diagnostic Message(Severity severity, const std::string& summary, const std::string& detail,
                   const std::string& hint) {
  Diagnostic message;
  message.severity = severity;
  message.summary = summary;
  message.detail = detail;
  message.hint = hint;
  return message;
}

ReconcileReport DryRun() {
  ReconcileReport report;
  report.dry_run = true;
  SourceReport source;
  source.name = "apps";
  source.url = "https://example.org/acme/apps.git";
  source.environment = "production";
  source.revision = kNew;
  source.changed = true;
  report.sources = {source};
  AppReport gone = App("old", Verdict::kDelete, "its manifest is gone and pruning is on");
  RecordedState recorded = RecordOf(SmallApp());
  gone.plan_kind = PlanKind::kDelete;
  gone.actions = DescribeActions(BuildDeletePlan(recorded, {}));
  report.apps = {Planned("api", false), gone, App("same", Verdict::kUnchanged, ""),
                 Planned("web", true)};
  report.unchanged = 997;
  return report;
}

ReconcileReport Applied() {
  ReconcileReport report = DryRun();
  report.dry_run = false;
  RunId run = 40;
  for (AppReport& app : report.apps) {
    if (app.actions.empty()) continue;
    app.run = ++run;
    app.snapshot = app.verdict == Verdict::kDelete ? 0 : 4;
    app.reason = "";
    for (ActionReport& action : app.actions) {
      const bool skipped = !action.guard.empty();
      action.status = skipped ? ActionStatus::kSkipped : ActionStatus::kSucceeded;
      if (!skipped) action.duration = milliseconds(1250);
    }
  }
  return report;
}

/// `app` with its third action failed and the log of it.
void Fail(AppReport& app, bool rolled_back) {
  app.run = 12;
  app.failed = true;
  app.rolled_back = rolled_back;
  app.snapshot = rolled_back ? 3 : 0;
  app.health = rolled_back ? Health::kHealthy : Health::kDegraded;
  app.reason = rolled_back ? "app.configure[host] failed; snapshot 3 was brought back"
                           : "app.configure[host] failed; held until the next commit";
  for (ActionReport& action : app.actions) {
    action.status = ActionStatus::kPending;
    if (action.address == At("app.healthcheck[host]")) continue;
    action.status = ActionStatus::kSucceeded;
    action.duration = milliseconds(2100);
    if (action.address == At("app.configure[host]")) action.status = ActionStatus::kFailed;
    if (!action.guard.empty()) {
      action.status = ActionStatus::kSkipped;
      action.duration.reset();
    }
  }
  Diagnostic failure = Message(Severity::kError, "a hook failed",
                               "deployment/configure.sh ended with exit code 3", "");
  failure.subject = "app.configure[host]";
  app.diagnostics = {failure};
  app.log_tail = {"+ install -m 0644 app.conf /etc/app.conf",
                  "\x1b[31mcannot open /etc/app.conf\x1b[0m: Permission denied"};
}

ReconcileReport FailedUpdate() {
  ReconcileReport report;
  AppReport app = Planned("api", false);
  Fail(app, true);
  report.apps = {app};
  report.unchanged = 2;
  return report;
}

ReconcileReport FailedCreate() {
  ReconcileReport report;
  AppReport app = Planned("web", true);
  Fail(app, false);
  report.apps = {app};
  return report;
}

ReconcileReport RolledBack() {
  ReconcileReport report;
  AppReport app = Planned("api", false);
  app.plan_kind = PlanKind::kRollback;
  app.to_snapshot = 3;
  app.run = 13;
  app.snapshot = 3;
  std::swap(app.revision, app.applied_revision);
  for (ActionReport& action : app.actions) {
    action.status = ActionStatus::kSucceeded;
    action.duration = milliseconds(500);
  }
  report.apps = {app};
  return report;
}

ReconcileReport NothingToDo() {
  ReconcileReport report;
  report.unchanged = 1000;
  return report;
}

ReconcileReport NothingAtAll() {
  ReconcileReport report;
  report.dry_run = true;
  return report;
}

/// Apps that are not carried out, each for its own reason.
ReconcileReport HeldBack() {
  ReconcileReport report;
  AppReport suspended = App("api", Verdict::kBlocked, "suspended by ana: moving the database");
  suspended.health = Health::kSuspended;
  suspended.actions = Planned("api", false).actions;
  AppReport rejected = App("auth", Verdict::kBlocked, "this content failed before (run 12)");
  rejected.diagnostics = {Message(Severity::kNote, "the wanted content is rejected",
                                  "It was rolled back and is not applied again until it changes.",
                                  "tfgrid-compose resume production/auth")};
  AppReport waiting = App("jobs", Verdict::kBlocked, "waits for production/auth");
  AppReport broken = App("mail", Verdict::kInvalid, "its manifest has 2 problems");
  Diagnostic key = Message(Severity::kError, "unknown key",
                           "\"resorces\" is not a key of a manifest, and its value has no effect "
                           "wherever it is written in this file.",
                           "did you mean \"resources\"?");
  key.location = {"apps/mail/tfgrid-compose.yaml", 12, 3};
  Diagnostic unit = Message(Severity::kWarning, "ambiguous unit", "memory: 4 could be MB or GB",
                            "write 4GB or 4MB");
  unit.location = {"apps/mail/tfgrid-compose.yaml", 14, 11};
  broken.diagnostics = {key, unit};
  AppReport orphan = App("old", Verdict::kOrphaned, "its manifest is gone; it runs on");
  AppReport bare = App("shop", Verdict::kInvalid, "");
  bare.diagnostics = {Message(Severity::kError, "no such pattern", "\"vm\" is not known", "")};
  report.apps = {suspended, rejected, waiting, broken, orphan, bare};
  report.dry_run = true;
  return report;
}

ReconcileReport SourcesInTrouble() {
  ReconcileReport report;
  SourceReport dead;
  dead.name = "apps";
  dead.url = "https://example.org/acme/apps.git";
  dead.revision = kOld;
  dead.error = MakeError(ErrorKind::kTransient, "the remote does not answer",
                         "connecting to example.org:443 took longer than 120s",
                         "curl -I https://example.org/acme/apps.git");
  SourceReport never = dead;
  never.name = "tools";
  never.revision = {};
  SourceReport odd;
  odd.name = "web";
  odd.url = "/srv/git/web.git";
  odd.revision = kNew;
  odd.warnings = {Message(Severity::kWarning, "two manifests in one directory",
                          "tfgrid-compose.yaml counts", "remove tfgrid-compose.yml")};
  report.sources = {dead, never, odd};
  report.diagnostics = {
      Message(Severity::kNote, "an unfinished run was resumed", "run 11 of production/api", "")};
  report.unchanged = 3;
  return report;
}

}  // namespace

std::map<std::string, GoldenCase> ReportCases() {
  using Make = ReconcileReport (*)();
  static const std::map<std::string, Make> kCases = {
      {"report_applied", Applied},
      {"report_dry_run", DryRun},
      {"report_failed_create", FailedCreate},
      {"report_failed_update", FailedUpdate},
      {"report_held_back", HeldBack},
      {"report_nothing_at_all", NothingAtAll},
      {"report_nothing_to_do", NothingToDo},
      {"report_rolled_back", RolledBack},
      {"report_sources_in_trouble", SourcesInTrouble},
  };
  std::map<std::string, GoldenCase> cases;
  for (const auto& [name, make] : kCases) {
    cases[name] = [make = make] {
      RenderOptions options;
      options.width = 100;
      return Texts{{"report.txt", RenderReport(make(), options)}};
    };
  }
  return cases;
}

}  // namespace gitops::testing

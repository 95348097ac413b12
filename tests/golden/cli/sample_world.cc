#include "tests/golden/cli/sample_world.h"

namespace gitops::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

const WallTime kNow{milliseconds(1'795'219'200'000)};

Revision RevisionOf(char digit) { return {"main", *ObjectId::FromHex(std::string(40, digit))}; }

Diagnostic Missing() {
  return {Severity::kError,
          "value missing",
          "\"API_KEY\" is required and has no default",
          "environment.API_KEY",
          Location{"apps/api/tfgrid-compose.yaml", 12, 5},
          "environments: {production: {environment: {API_KEY: {file: api.key}}}}"};
}

SourceReport GoodSource() {
  SourceReport source;
  source.name = "apps";
  source.url = "https://example.org/acme/apps.git";
  source.environment = "production";
  source.revision = RevisionOf('a');
  source.changed = true;
  return source;
}

SourceReport BrokenSource() {
  SourceReport source;
  source.name = "internal";
  source.url = "ssh://git@example.org/internal.git";
  source.environment = "production";
  source.error = MakeError(ErrorKind::kTransient, "server does not answer",
                           "example.org:22: no answer in 2m", "tfgrid-compose doctor");
  return source;
}

AppReport UpdatedApp() {
  AppReport app;
  app.app = {"production", "web"};
  app.source = "apps";
  app.revision = RevisionOf('a');
  app.applied_revision = RevisionOf('9');
  app.verdict = Verdict::kUpdate;
  app.sync = SyncStatus::kOutOfSync;
  app.health = Health::kHealthy;
  app.reason = "environment.TZ changed";
  app.changes = {{"environment.TOKEN", "(secret)", "(secret)"},
                 {"environment.TZ", "UTC", "Europe/Brussels"}};
  ActionReport configure;
  configure.address = {Phase::kApp, "configure", ""};
  configure.reason = {ReasonCode::kInputsChanged, "environment.TZ changed"};
  configure.changes = app.changes;
  ActionReport check;
  check.address = {Phase::kApp, "healthcheck", "node-1"};
  check.reason = {ReasonCode::kAfterOtherSteps, "runs after any other step"};
  check.guard = "if any other step ran";
  app.actions = {configure, check};
  app.snapshot = 4;
  return app;
}

AppReport InvalidApp() {
  AppReport app;
  app.app = {"production", "api"};
  app.source = "apps";
  app.revision = RevisionOf('a');
  app.verdict = Verdict::kInvalid;
  app.diagnostics = {Missing()};
  return app;
}

Run FinishedRun(RunId id, RunStatus status) {
  Run run;
  run.id = id;
  run.plan.app = {"production", "web"};
  run.plan.revision = RevisionOf(id == 17 ? 'a' : '9');
  Action action;
  action.kind = ActionKind::kRun;
  action.step.address = {Phase::kApp, "configure", ""};
  action.reason = {ReasonCode::kInputsChanged, "environment.TZ changed"};
  run.plan.actions = {action};
  run.trigger = RunTrigger::kSync;
  run.status = status;
  run.snapshot = static_cast<int>(id) - 13;
  run.started = kNow - hours(2) - minutes(id);
  run.finished = run.started + milliseconds(4'250);
  ActionRecord record;
  record.status = ActionStatus::kSucceeded;
  record.started = run.started;
  record.finished = run.started + milliseconds(4'000);
  if (status == RunStatus::kFailed) {
    record.status = ActionStatus::kFailed;
    record.error =
        MakeError(ErrorKind::kInvalid, "hook failed", "deployment/configure.sh: exit code 3");
    run.error = record.error;
  }
  run.actions = {record};
  return run;
}

Snapshot SnapshotOf(int number, bool healthy) {
  Snapshot snapshot;
  snapshot.app = {"production", "web"};
  snapshot.number = number;
  snapshot.revision = RevisionOf(number == 4 ? 'a' : '9');
  snapshot.healthy = healthy;
  snapshot.created_at = kNow - hours(24 * (5 - number));
  snapshot.run = 13 + number;
  return snapshot;
}

AppStatus StatusOf(const std::string& name, SyncStatus sync, Health health,
                   const std::string& reason) {
  AppStatus status;
  status.record.id = {"production", name};
  status.record.source = "apps";
  status.record.directory = "apps/" + name;
  status.record.sync = sync;
  status.record.health = health;
  status.record.reason = reason;
  status.record.revision = RevisionOf('a');
  status.record.pattern = "single-vm";
  return status;
}

StatusReport Statuses() {
  AppStatus web = StatusOf("web", SyncStatus::kSynced, Health::kHealthy, "rolled back to 3");
  web.record.applied_revision = RevisionOf('9');
  web.record.current_snapshot = 3;
  web.record.pinned_snapshot = 3;
  web.record.last_run = 18;
  web.record.rejected = {"deadbeefdeadbeefdeadbeefdeadbeef"};
  web.record.depends_on = {"api", "staging/db"};
  web.snapshots = {SnapshotOf(4, false), SnapshotOf(3, true)};
  AppStatus api = StatusOf("api", SyncStatus::kUnknown, Health::kUnknown, "cannot be used");
  api.verdict = Verdict::kInvalid;
  api.record.diagnostics = {Missing()};
  AppStatus worker = StatusOf("worker", SyncStatus::kOutOfSync, Health::kSuspended, "");
  worker.record.suspension = Suspension{"moving \x1b[31mthe database", "root", kNow - minutes(3)};
  worker.record.retry = RetryState{2, kNow + minutes(1), ErrorKind::kTransient, ""};
  StatusReport report;
  report.sources = {GoodSource(), BrokenSource()};
  report.apps = {api, web, worker};
  return report;
}

std::vector<Event> SampleEvents() {
  Event source;
  source.id = 1;
  source.time = kNow - hours(1);
  source.type = "source.updated";
  source.source = "apps";
  source.message = "apps moved to main@aaaaaaa";
  Event failed;
  failed.id = 2;
  failed.time = kNow - minutes(50);
  failed.severity = Severity::kError;
  failed.type = "run.failed";
  failed.source = "apps";
  failed.app = AppId{"production", "web"};
  failed.run = 17;
  failed.message = "hook failed: \x1b]0;title\x07 exit code 3";
  return {source, failed};
}

std::vector<PatternListing> SamplePatterns() {
  PatternListing good;
  good.name = "single-vm";
  good.version = "1.0.0";
  good.description = "One machine";
  good.origin = "/usr/share/patterns";
  good.providers = {"local", "grid"};
  PatternListing broken;
  broken.name = "gateway";
  broken.origin = "source apps: patterns";
  broken.problems = {{Severity::kError, "unknown key", "\"varables\" is no key at the top level",
                      "varables", Location{"patterns/gateway/pattern.yaml", 3, 1},
                      "did you mean \"variables\"?"}};
  return {broken, good};
}

DriftReport SampleDrift() {
  const auto step = [](Phase phase, std::string name, DriftVerdict verdict, std::string detail) {
    return StepDrift{{phase, std::move(name), ""}, verdict, std::move(detail)};
  };
  AppDrift web;
  web.app = {"production", "web"};
  web.verdict = DriftVerdict::kDrifted;
  web.serial = 7;
  web.checked = kNow;
  web.steps = {
      step(Phase::kInfrastructure, "host", DriftVerdict::kInSync, "\"/srv/web\" is there"),
      step(Phase::kApp, "configure", DriftVerdict::kUnknown, "what a hook did cannot be observed"),
      step(Phase::kApp, "files", DriftVerdict::kDrifted, "the file index\x1b[31m.html was changed"),
      step(Phase::kApp, "healthcheck", DriftVerdict::kDrifted,
           "http http://127.0.0.1:8080/: wrong status: the answer was 500")};
  AppDrift api;
  api.app = {"staging", "api"};
  api.reason = "run 4 of it is under way or was interrupted";
  api.serial = 2;
  api.checked = kNow;
  AppDrift good;
  good.app = {"staging", "good"};
  good.verdict = DriftVerdict::kInSync;
  good.serial = 1;
  good.checked = kNow;
  good.steps = {step(Phase::kApp, "files", DriftVerdict::kInSync, "all files are in place")};
  return DriftReport{{web, api, good}};
}

}  // namespace

void FillSampleWorld(FakeServices& services) {
  FakeEngine& engine = services.engine;
  engine.report.sources = {GoodSource(), BrokenSource()};
  engine.report.apps = {InvalidApp(), UpdatedApp()};
  engine.report.unchanged = 7;
  engine.explanation.app = UpdatedApp();
  engine.explanation.steps = {
      {{Phase::kApp, "configure", ""},
       StepVerdict::kChanged,
       UpdatedApp().changes,
       {ReasonCode::kInputsChanged, "environment.TZ changed"}},
      {{Phase::kApp, "setup", ""}, StepVerdict::kUnchanged, {}, {ReasonCode::kUnchanged, ""}}};
  engine.explanation.inputs_from = {"environment.TZ from environment production"};
  engine.status = Statuses();
  engine.history.app = {"production", "web"};
  engine.history.runs = {FinishedRun(17, RunStatus::kFailed),
                         FinishedRun(16, RunStatus::kSucceeded)};
  engine.history.snapshots = {SnapshotOf(4, false), SnapshotOf(3, true)};
  engine.history.current_snapshot = 3;
  engine.history.pinned_snapshot = 3;
  engine.history.rejected = {"deadbeefdeadbeefdeadbeefdeadbeef"};
  engine.events = SampleEvents();
  engine.drift = SampleDrift();
  services.patterns = SamplePatterns();
  services.doctor.checks = {
      {"state.directory", CheckOutcome::kGood, "/var/lib/tfgrid-compose, mode 0700", ""},
      {"clock", CheckOutcome::kWarning, "the clock is not synchronised",
       "timedatectl set-ntp true"},
      {"source.internal", CheckOutcome::kBad, "no answer", "check the network"}};
}

}  // namespace gitops::testing

// Records for the tests of the store: complete values of the model, every field set.
#pragma once

#include <chrono>
#include <string>

#include "engine/store/store.h"

namespace gitops {

inline ObjectId Oid(char digit) { return *ObjectId::FromHex(std::string(40, digit)); }

inline WallTime At(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

inline Error SomeError(ErrorKind kind = ErrorKind::kTransient) {
  return MakeError(kind, "something failed", "because of \"it\"\nand more", "try again");
}

inline SourceRecord SomeSource(const std::string& name = "apps") {
  SourceRecord source;
  source.name = name;
  source.url = "https://example.org/acme/apps.git";
  source.environment = "production";
  source.revision = {"main", Oid('a')};
  source.tree = Oid('b');
  source.patterns_tree = Oid('c');
  source.config_digest = "d1";
  source.last_success = At(1000);
  source.last_attempt = At(2000);
  source.error = SomeError();
  return source;
}

/// An app as a first look leaves it.
inline AppRecord NewApp(const std::string& name, const std::string& environment = "production") {
  AppRecord app;
  app.id = {environment, name};
  app.source = "apps";
  app.directory = "team/" + name;
  app.tree = Oid('1');
  app.revision = {"main", Oid('a')};
  app.pattern = "single-vm";
  return app;
}

/// An app with every field set.
inline AppRecord FullApp(const std::string& name) {
  AppRecord app = NewApp(name);
  app.presence = Presence::kOrphaned;
  app.depends_on = {"api", "staging/db"};
  app.sync = SyncStatus::kOutOfSync;
  app.health = Health::kDegraded;
  app.reason = "its \"setup\" failed";
  app.diagnostics = {{.severity = Severity::kWarning,
                      .summary = "odd",
                      .detail = "very",
                      .subject = "resources.cpu",
                      .location = {"tfgrid-compose.yaml", 3, 4},
                      .hint = "look"}};
  app.dirty = false;
  app.desired_digest = "digest";
  app.applied_revision = {"main", Oid('9')};
  app.current_snapshot = 3;
  app.pinned_snapshot = 2;
  app.rejected = {"bad1", "bad2"};
  app.owed_rollback = 2;
  app.suspension = Suspension{.reason = "holiday", .by = "ann", .since = At(77)};
  app.retry = RetryState{.attempts = 4,
                         .next = At(5000),
                         .kind = ErrorKind::kUnknownOutcome,
                         .desired_digest = "digest"};
  app.last_run = 12;
  return app;
}

inline Step SomeStep(const std::string& name, Phase phase = Phase::kApp,
                     const std::string& host = "") {
  Step step;
  step.address = {phase, name, host};
  step.driver = "hooks";
  step.nature = phase == Phase::kInfrastructure ? StepNature::kResource : StepNature::kHook;
  step.inputs = {{.name = "environment.TOKEN", .digest = "k1", .shown = "(secret)", .secret = true},
                 {.name = "files.src", .digest = "f1", .shown = "1f0c2ab", .secret = false}};
  step.consumes = {{{Phase::kInfrastructure, "host", ""}, "address"}};
  step.after = {{Phase::kPlatform, "base", host}};
  step.parameters = {{"script", "setup.sh"}};
  return step;
}

inline Action SomeAction(const std::string& step, ActionKind kind = ActionKind::kRun,
                         Phase phase = Phase::kApp) {
  Action action;
  action.kind = kind;
  action.step = SomeStep(step, phase);
  action.reason = {ReasonCode::kNotRecorded, "it never ran"};
  return action;
}

inline Plan SomePlan(const AppId& app, std::uint64_t serial, std::vector<Action> actions) {
  Plan plan;
  plan.app = app;
  plan.revision = {"main", Oid('a')};
  plan.recorded_serial = serial;
  plan.desired_digest = "digest";
  plan.app_version = "1.2.3";
  plan.pattern = "single-vm";
  plan.provider = "local";
  plan.app_tree = Oid('1');
  plan.pattern_tree = Oid('2');
  plan.actions = std::move(actions);
  return plan;
}

inline Snapshot SomeSnapshot(const AppId& app, int number = 0) {
  Snapshot snapshot;
  snapshot.app = app;
  snapshot.number = number;
  snapshot.source = "apps";
  snapshot.directory = "team/" + app.name;
  snapshot.revision = {"main", Oid('a')};
  snapshot.app_tree = Oid('1');
  snapshot.pattern_tree = Oid('2');
  snapshot.pattern = "single-vm";
  snapshot.provider = "local";
  snapshot.desired_digest = "digest";
  return snapshot;
}

inline NewRun SomeRun(const AppRecord& app, std::uint64_t serial, std::vector<Action> actions) {
  NewRun run;
  run.plan = SomePlan(app.id, serial, std::move(actions));
  run.snapshot = SomeSnapshot(app.id);
  run.app = app;
  return run;
}

inline ActionOutcome Outcome(ActionStatus status) {
  ActionOutcome outcome;
  outcome.status = status;
  if (status == ActionStatus::kFailed || status == ActionStatus::kUnknown) {
    outcome.error = SomeError();
  }
  return outcome;
}

/// The success of an action, with outputs.
inline ActionOutcome Success(const Action& action, Outputs outputs = {{"address", "10.1.2.3"}}) {
  ActionOutcome outcome;
  outcome.recorded.emplace();
  outcome.recorded->step = action.step;
  outcome.recorded->outputs = std::move(outputs);
  return outcome;
}

inline RunOutcome Finished(const AppRecord& app, RunStatus status = RunStatus::kSucceeded) {
  RunOutcome outcome;
  outcome.status = status;
  outcome.app = app;
  if (status == RunStatus::kFailed) outcome.error = SomeError();
  outcome.snapshot_healthy = status == RunStatus::kSucceeded;
  return outcome;
}

inline Event SomeEvent(const std::string& message) {
  Event event;
  event.type = "test";
  event.message = message;
  return event;
}

}  // namespace gitops

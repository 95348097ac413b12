#include "differ/describe.h"
#include "differ/differ.h"
#include "differ/planner.h"
#include "differ/render.h"
#include "engine/model/codec.h"
#include "tests/golden/plan/cases.h"
#include "tests/unit/differ/app_states.h"

namespace gitops::testing {
namespace {

/// The small app as it was last applied, and as it is wanted now.
struct States {
  DesiredState desired = SmallApp();
  RecordedState recorded = RecordOf(desired);
  Revision applied = desired.revision;
  PlanOptions options;
  RenderOptions render;
  bool deleted = false;

  States() {
    render.width = 100;
    desired.revision.commit = *ObjectId::FromHex("5d0f3aa111111111111111111111111111111111");
  }
};

AppReport ReportOf(const States& states, const Plan& plan) {
  AppReport report;
  report.app = states.desired.app;
  report.source = "apps";
  report.revision = states.desired.revision;
  report.applied_revision = states.recorded.steps.empty() ? Revision{} : states.applied;
  report.verdict = VerdictOf(plan, states.recorded);
  report.sync = plan.IsEmpty() ? SyncStatus::kSynced : SyncStatus::kOutOfSync;
  report.health = states.recorded.steps.empty() ? Health::kMissing : Health::kHealthy;
  report.reason = DescribePlan(plan, states.recorded);
  report.changes = CollectChanges(plan);
  report.actions = DescribeActions(plan);
  report.plan_kind = plan.kind;
  report.to_snapshot = plan.to_snapshot;
  return report;
}

Texts TextsOf(const States& states) {
  const Plan plan =
      states.deleted ? BuildDeletePlan(states.recorded, *BuildPlan(states.desired, states.recorded))
                     : *BuildPlan(states.desired, states.recorded, states.options);
  ExplainReport explain;
  explain.app = ReportOf(states, plan);
  explain.steps = ComputeDiff(states.deleted ? nullptr : &states.desired, states.recorded).steps;
  explain.inputs_from = {"environment.TOKEN from environment production",
                         "environment.TZ from the manifest's default"};
  return {{"plan.txt", RenderApp(explain.app, states.render)},
          {"plan.json", EncodePlan(plan) + "\n"},
          {"explain.txt", RenderExplain(explain, states.render)}};
}

States Unchanged() { return {}; }

States NewApp() {
  States states;
  states.recorded.steps.clear();
  return states;
}

States EnvironmentChange() {
  States states;
  SetInput(states.desired, "app.configure[host]", "environment.TZ", "UTC");
  StepAt(states.desired, "app.configure[host]")
      .inputs.insert(StepAt(states.desired, "app.configure[host]").inputs.begin(),
                     MakeInput("environment.LOG_LEVEL", "debug"));
  return states;
}

States SecretChange() {
  States states;
  SetInput(states.desired, "app.configure[host]", "environment.TOKEN", "hunter3");
  return states;
}

States SourceChange() {
  States states;
  for (const char* step : {"app.files[host]", "app.setup[host]", "app.configure[host]"}) {
    SetInput(states.desired, step, "files.src", "tree-e");
  }
  return states;
}

States HealthcheckChange() {
  States states;
  SetInput(states.desired, "app.healthcheck[host]", "hooks.healthcheck.script", "blob-d");
  return states;
}

States MoreMemory() {
  States states;
  SetInput(states.desired, "infrastructure.host", "variables.memory", "8192");
  return states;
}

States VerboseMoreMemory() {
  States states = MoreMemory();
  states.render.verbose = true;
  return states;
}

States AllGuarded() {
  States states;
  Step probe = Hook("infrastructure.probe", {MakeInput("hooks.probe.script", "blob-p")});
  probe.after_any = true;
  states.desired.steps.push_back(probe);
  StepAt(states.desired, "app.configure[host]").consumes = {Ref("infrastructure.probe")};
  SortSteps(states.desired);
  states.recorded = RecordOf(states.desired);
  SetInput(states.desired, "infrastructure.probe", "hooks.probe.script", "blob-q");
  return states;
}

States PatternUpgrade() {
  States states;
  SetInput(states.desired, "platform.base", "pattern.platform", "tree-x");
  return states;
}

States OtherProvider() {
  States states;
  states.desired.provider = "grid";
  StepAt(states.desired, "infrastructure.host").driver = "opentofu";
  SetInput(states.desired, "infrastructure.host", "pattern.infrastructure", "tree-y");
  return states;
}

States RemovedSteps() {
  States states;
  RemoveStep(states.desired, "network.address");
  RemoveStep(states.desired, "app.configure[host]");
  StepAt(states.desired, "app.healthcheck[host]").after.clear();
  return states;
}

States FailedBefore() {
  States states;
  StepAt(states.recorded, "app.setup[host]").tainted = true;
  StepAt(states.recorded, "app.configure[host]").tainted = true;
  StepAt(states.recorded, "app.configure[host]").outcome_unknown = true;
  return states;
}

States UpstreamChanged() {
  States states;
  StepAt(states.recorded, "infrastructure.host").outputs["identity"] = "host-2";
  return states;
}

States Rollback() {
  States states = EnvironmentChange();
  states.options.kind = PlanKind::kRollback;
  states.options.to_snapshot = 3;
  std::swap(states.applied, states.desired.revision);
  return states;
}

States Forced() {
  States states;
  states.options.force = true;
  return states;
}

States DeletedApp() {
  States states;
  states.deleted = true;
  states.desired.revision = states.applied;
  return states;
}

/// Values that would steer a terminal, hide text or fake lines if they got there as they are.
States HostileValues() {
  States states;
  Step& configure = StepAt(states.desired, "app.configure[host]");
  configure.inputs = {
      MakeInput("environment.BELL\x07", "\x1b[2J\x1b[1;1Hcleared"),
      MakeInput("environment.BIDI", "abc\u202Edcba"),
      MakeInput("environment.EMPTY", ""),
      MakeInput("environment.INVALID", "\xff\xfe"),
      MakeInput("environment.LINES", "one\nPlan: nothing to do.\r\ttwo"),
      MakeInput("environment.LONG", std::string(150, 'x') + "1" + std::string(60, 'y')),
      MakeInput("environment.SPACES", " padded "),
      MakeInput("environment.TZ", "Europe/Z\xc3\xbcrich"),
  };
  RecordedStep& recorded = StepAt(states.recorded, "app.configure[host]");
  for (Input& input : recorded.step.inputs) {
    if (input.name == "environment.TOKEN") input.secret = true;
  }
  recorded.step.inputs.push_back(
      MakeInput("environment.LONG", std::string(150, 'x') + "2" + std::string(60, 'y')));
  states.render.width = 80;
  return states;
}

States InColour() {
  States states = OtherProvider();
  SetInput(states.desired, "app.configure[host]", "environment.TZ", "UTC");
  RemoveStep(states.desired, "network.address");
  states.render.color = true;
  return states;
}

States PlainAscii() {
  States states = InColour();
  states.render.color = false;
  states.render.unicode = false;
  return states;
}

States ManyFields() {
  States states;
  std::vector<Input>& inputs = StepAt(states.desired, "app.configure[host]").inputs;
  for (int i = 10; i < 40; ++i) {
    inputs.push_back(MakeInput("environment.OPTION_" + std::to_string(i), std::to_string(i)));
  }
  return states;
}

}  // namespace

std::map<std::string, GoldenCase> PlanCases() {
  using Make = States (*)();
  static const std::map<std::string, Make> kCases = {
      {"all_guarded", AllGuarded},
      {"deleted_app", DeletedApp},
      {"environment_change", EnvironmentChange},
      {"failed_before", FailedBefore},
      {"forced", Forced},
      {"healthcheck_change", HealthcheckChange},
      {"hostile_values", HostileValues},
      {"in_colour", InColour},
      {"many_fields", ManyFields},
      {"more_memory", MoreMemory},
      {"more_memory_verbose", VerboseMoreMemory},
      {"new_app", NewApp},
      {"other_provider", OtherProvider},
      {"pattern_upgrade", PatternUpgrade},
      {"plain_ascii", PlainAscii},
      {"removed_steps", RemovedSteps},
      {"rollback", Rollback},
      {"secret_change", SecretChange},
      {"source_change", SourceChange},
      {"unchanged", Unchanged},
      {"upstream_changed", UpstreamChanged},
  };
  std::map<std::string, GoldenCase> cases;
  for (const auto& [name, make] : kCases) {
    cases[name] = [make = make] { return TextsOf(make()); };
  }
  return cases;
}

}  // namespace gitops::testing

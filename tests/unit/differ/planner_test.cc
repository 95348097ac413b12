#include "differ/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "differ/reasons.h"
#include "engine/model/codec.h"
#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::Hook;
using ::testing::IsEmpty;
using testing::MakeInput;
using testing::RecordOf;
using testing::Ref;
using testing::RemoveStep;
using testing::SetInput;
using testing::SmallApp;
using testing::StepAt;

/// "run app.configure[host]: inputs_changed", with " (guard)" where there is one.
std::vector<std::string> Lines(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Action& action : plan.actions) {
    std::string line = std::string(ToString(action.kind)) + " " + action.step.address.ToString() +
                       ": " + std::string(ToString(action.reason.code));
    for (const OutputRef& ref : action.guard) line += " (" + ref.InputName() + ")";
    if (action.guard_any) line += " (any)";
    lines.push_back(line);
  }
  return lines;
}

class PlannerTest : public ::testing::Test {
 protected:
  Plan Build(const PlanOptions& options = {}) const {
    auto plan = BuildPlan(desired_, recorded_, options);
    if (!plan) {
      ADD_FAILURE() << plan.error().ToString();
      return {};
    }
    return *std::move(plan);
  }

  DesiredState desired_ = SmallApp();
  RecordedState recorded_ = RecordOf(desired_);
};

TEST_F(PlannerTest, AnUpToDateAppNeedsNothing) { EXPECT_TRUE(Build().IsEmpty()); }

TEST_F(PlannerTest, WhatDriftedRunsAgainWithThatReason) {
  PlanOptions options;
  const StepAddress files{Phase::kApp, "files", "host"};
  options.drifted[files] = DriftReason({files, DriftVerdict::kDrifted, "the file x was changed"});
  EXPECT_THAT(Lines(Build(options)), ElementsAre("update app.files[host]: drifted",
                                                 "run app.healthcheck[host]: after_other_steps"));
  options.drifted[files] = DriftReason({files, DriftVerdict::kMissing, ""});
  EXPECT_THAT(Lines(Build(options)), ElementsAre("create app.files[host]: missing",
                                                 "run app.healthcheck[host]: after_other_steps"));
}

TEST_F(PlannerTest, AChangeSaysMoreThanDrift) {
  PlanOptions options;
  const StepAddress files{Phase::kApp, "files", "host"};
  options.drifted[files] = DriftReason({files, DriftVerdict::kDrifted, "the file x was changed"});
  SetInput(desired_, "app.files[host]", "files.src", "other");
  EXPECT_THAT(Lines(Build(options)), ::testing::Contains("update app.files[host]: inputs_changed"));
}

TEST_F(PlannerTest, ANewAppRunsEverythingInOrderWithoutGuards) {
  recorded_.steps.clear();
  EXPECT_THAT(
      Lines(Build()),
      ElementsAre("create infrastructure.host: not_recorded",
                  "create network.address: not_recorded", "create platform.base: not_recorded",
                  "create app.files[host]: not_recorded", "run app.setup[host]: not_recorded",
                  "run app.configure[host]: not_recorded",
                  "run app.healthcheck[host]: not_recorded"));
}

TEST_F(PlannerTest, AnEnvironmentChangeRunsConfigureAndHealthcheckOnly) {
  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  EXPECT_THAT(Lines(Build()), ElementsAre("run app.configure[host]: inputs_changed",
                                          "run app.healthcheck[host]: after_other_steps"));
}

TEST_F(PlannerTest, AChangedHealthcheckRunsAlone) {
  SetInput(desired_, "app.healthcheck[host]", "hooks.healthcheck.script", "blob-new");
  EXPECT_THAT(Lines(Build()), ElementsAre("run app.healthcheck[host]: inputs_changed"));
}

TEST_F(PlannerTest, StepsThatMightBeAffectedAreGuarded) {
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  EXPECT_THAT(
      Lines(Build()),
      ElementsAre("update infrastructure.host: inputs_changed",
                  "update network.address: upstream_may_change (infrastructure.host.outputs)",
                  "update platform.base: upstream_may_change "
                  "(infrastructure.host.outputs.identity)",
                  "update app.files[host]: upstream_may_change "
                  "(infrastructure.host.outputs.identity)",
                  "run app.setup[host]: upstream_may_change "
                  "(infrastructure.host.outputs.identity)",
                  "run app.healthcheck[host]: after_other_steps"));
}

TEST_F(PlannerTest, GuardsChain) {
  StepAt(desired_, "app.configure[host]").consumes = {Ref("network.address", "ip")};
  recorded_ = RecordOf(desired_);
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  EXPECT_THAT(Lines(Build()), ::testing::Contains("run app.configure[host]: upstream_may_change "
                                                  "(network.address.outputs.ip)"));
}

TEST_F(PlannerTest, AReasonOfItsOwnBeatsAGuard) {
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  SetInput(desired_, "app.setup[host]", "hooks.setup.script", "blob-new");
  EXPECT_THAT(Lines(Build()), ::testing::Contains("run app.setup[host]: inputs_changed"));
}

TEST_F(PlannerTest, AFailedCheckIsNoReasonForAnotherOne) {
  // Only the check of one host has a reason; it is none for the check of the other host.
  Step other = StepAt(desired_, "app.healthcheck[host]");
  other.address.host = "second";
  desired_.steps.push_back(other);
  testing::SortSteps(desired_);
  recorded_ = RecordOf(desired_);
  StepAt(recorded_, "app.healthcheck[second]").tainted = true;
  EXPECT_THAT(Lines(Build()), ElementsAre("run app.healthcheck[second]: last_attempt_failed"));
}

TEST_F(PlannerTest, ACheckIsGuardedWhenAllOtherActionsAre) {
  // A check of the infrastructure whose outputs are consumed: nothing else is certain to run.
  Step probe = Hook("infrastructure.probe", {MakeInput("x", "1")});
  probe.after_any = true;
  desired_.steps.push_back(probe);
  StepAt(desired_, "app.configure[host]").consumes = {Ref("infrastructure.probe")};
  testing::SortSteps(desired_);
  recorded_ = RecordOf(desired_);
  SetInput(desired_, "infrastructure.probe", "x", "2");
  EXPECT_THAT(Lines(Build()), ElementsAre("run infrastructure.probe: inputs_changed",
                                          "run app.configure[host]: upstream_may_change "
                                          "(infrastructure.probe.outputs)",
                                          "run app.healthcheck[host]: after_other_steps (any)"));
}

TEST_F(PlannerTest, AnotherDriverReplacesAResource) {
  StepAt(desired_, "infrastructure.host").driver = "opentofu";
  const Plan plan = Build();
  EXPECT_EQ(Lines(plan).front(), "replace infrastructure.host: driver_changed");
}

TEST_F(PlannerTest, AnotherDriverReplacesAlsoWhatFailedLast) {
  StepAt(desired_, "infrastructure.host").driver = "opentofu";
  StepAt(recorded_, "infrastructure.host").tainted = true;
  EXPECT_EQ(Lines(Build()).front(), "replace infrastructure.host: last_attempt_failed");
}

TEST_F(PlannerTest, AResourceThatNeverSucceededIsCreatedAgain) {
  RecordedStep& host = StepAt(recorded_, "infrastructure.host");
  host.tainted = true;
  host.step.inputs.clear();
  host.outputs.clear();
  EXPECT_EQ(Lines(Build()).front(), "create infrastructure.host: last_attempt_failed");
}

TEST_F(PlannerTest, RemovedStepsAreDeletedFirstAndInReverse) {
  RemoveStep(desired_, "network.address");
  RemoveStep(desired_, "app.setup[host]");
  RemoveStep(desired_, "app.configure[host]");
  StepAt(desired_, "app.healthcheck[host]").after.clear();
  SetInput(desired_, "app.files[host]", "files.src", "tree-new");
  EXPECT_THAT(
      Lines(Build()),
      ElementsAre("delete app.configure[host]: removed", "delete app.setup[host]: removed",
                  "delete network.address: removed", "update app.files[host]: inputs_changed",
                  "run app.healthcheck[host]: after_other_steps"));
}

TEST_F(PlannerTest, ADeleteCarriesTheRecordedStep) {
  RemoveStep(desired_, "network.address");
  const Plan plan = Build();
  ASSERT_FALSE(plan.IsEmpty());
  EXPECT_EQ(plan.actions[0].step, StepAt(recorded_, "network.address").step);
}

TEST_F(PlannerTest, ForceRunsEverything) {
  PlanOptions options;
  options.force = true;
  const Plan plan = Build(options);
  EXPECT_EQ(plan.actions.size(), desired_.steps.size());
  for (const Action& action : plan.actions) {
    EXPECT_EQ(action.reason.code, ReasonCode::kForced);
    EXPECT_THAT(action.guard, IsEmpty());
    EXPECT_FALSE(action.guard_any);
  }
}

TEST_F(PlannerTest, BindsThePlanToWhatItWasMadeFrom) {
  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  PlanOptions options;
  options.kind = PlanKind::kRollback;
  options.to_snapshot = 4;
  const Plan plan = Build(options);
  EXPECT_EQ(plan.app, desired_.app);
  EXPECT_EQ(plan.kind, PlanKind::kRollback);
  EXPECT_EQ(plan.to_snapshot, 4);
  EXPECT_EQ(plan.revision, desired_.revision);
  EXPECT_EQ(plan.recorded_serial, recorded_.serial);
  EXPECT_EQ(plan.desired_digest, desired_.Digest());
  EXPECT_EQ(plan.app_version, "1.4.0");
  EXPECT_EQ(plan.pattern, "single-vm");
  EXPECT_EQ(plan.provider, "local");
  EXPECT_EQ(plan.app_tree, desired_.app_tree);
  EXPECT_EQ(plan.pattern_tree, desired_.pattern_tree);
  EXPECT_EQ(plan.actions[0].step, StepAt(desired_, "app.configure[host]"));
}

TEST_F(PlannerTest, OnlyARollbackNamesASnapshot) {
  PlanOptions options;
  options.to_snapshot = 4;
  EXPECT_EQ(Build(options).to_snapshot, 0);
}

TEST_F(PlannerTest, SecretValuesAreNotInAPlan) {
  SetInput(desired_, "app.configure[host]", "environment.TOKEN", "hunter3");
  const std::string bytes = EncodePlan(Build());
  EXPECT_EQ(bytes.find("hunter"), std::string::npos);
  EXPECT_NE(bytes.find("(secret)"), std::string::npos);
}

TEST_F(PlannerTest, RefusesACycle) {
  StepAt(desired_, "app.files[host]").after = {At("app.configure[host]")};
  const auto plan = BuildPlan(desired_, recorded_);
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().kind, ErrorKind::kInvalid);
}

TEST_F(PlannerTest, DeletingAnAppTearsItDownThenUndoesItsResourcesInReverse) {
  const Plan last = Build();
  EXPECT_THAT(
      Lines(BuildDeletePlan(recorded_, last)),
      ElementsAre("run app.teardown[host]: app_deleted", "delete app.files[host]: app_deleted",
                  "delete platform.base: app_deleted", "delete network.address: app_deleted",
                  "delete infrastructure.host: app_deleted"));
}

TEST_F(PlannerTest, ADeletePlanKeepsWhatItsActionsRead) {
  Plan last = Build();
  last.to_snapshot = 3;
  const Plan plan = BuildDeletePlan(recorded_, last);
  EXPECT_EQ(plan.kind, PlanKind::kDelete);
  EXPECT_EQ(plan.app, recorded_.app);
  EXPECT_EQ(plan.revision, last.revision);
  EXPECT_EQ(plan.app_tree, last.app_tree);
  EXPECT_EQ(plan.pattern_tree, last.pattern_tree);
  EXPECT_EQ(plan.provider, last.provider);
  EXPECT_EQ(plan.recorded_serial, recorded_.serial);
  EXPECT_EQ(plan.desired_digest, "");
  EXPECT_EQ(plan.to_snapshot, 0);
}

TEST_F(PlannerTest, TheTeardownHookKnowsItsScriptAndTimeout) {
  const Plan plan = BuildDeletePlan(recorded_, Build());
  const Step& teardown = plan.actions.at(0).step;
  EXPECT_EQ(teardown.driver, "hook");
  EXPECT_EQ(teardown.nature, StepNature::kHook);
  EXPECT_THAT(
      teardown.parameters,
      ElementsAre(std::pair<const std::string, std::string>("hook", "teardown"),
                  std::pair<const std::string, std::string>("script", "deployment/teardown.sh"),
                  std::pair<const std::string, std::string>("timeout_seconds", "60")));
}

TEST_F(PlannerTest, AnAppWhoseHooksNeverStartedIsNotTornDown) {
  std::erase_if(recorded_.steps, [](const RecordedStep& s) {
    return s.step.nature == StepNature::kHook && !s.step.after_any;
  });
  EXPECT_EQ(Lines(BuildDeletePlan(recorded_, {})).front(), "delete app.files[host]: app_deleted");
}

TEST_F(PlannerTest, AnAppWithoutSetupIsTornDownAfterConfigure) {
  std::erase_if(recorded_.steps,
                [](const RecordedStep& s) { return s.step.address == At("app.setup[host]"); });
  EXPECT_EQ(Lines(BuildDeletePlan(recorded_, {})).front(), "run app.teardown[host]: app_deleted");
}

TEST_F(PlannerTest, AHookOnAnotherHostIsNotTornDownHere) {
  for (RecordedStep& step : recorded_.steps) {
    if (step.step.nature == StepNature::kHook) step.step.address.host = "other";
  }
  EXPECT_EQ(Lines(BuildDeletePlan(recorded_, {})).front(), "delete app.files[host]: app_deleted");
}

TEST_F(PlannerTest, AHookForAllHostsIsTornDownOnEach) {
  for (RecordedStep& step : recorded_.steps) {
    if (step.step.address == At("app.setup[host]")) step.step.address.host = "";
  }
  EXPECT_EQ(Lines(BuildDeletePlan(recorded_, {})).front(), "run app.teardown[host]: app_deleted");
}

TEST_F(PlannerTest, ASetupThatFailedIsTornDown) {
  StepAt(recorded_, "app.setup[host]").tainted = true;
  EXPECT_EQ(Lines(BuildDeletePlan(recorded_, {})).front(), "run app.teardown[host]: app_deleted");
}

TEST_F(PlannerTest, AnAppWithoutATeardownHookIsJustUndone) {
  StepAt(recorded_, "app.files[host]").step.parameters.clear();
  EXPECT_EQ(BuildDeletePlan(recorded_, {}).actions.size(), 4U);
}

}  // namespace
}  // namespace gitops

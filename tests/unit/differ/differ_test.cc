#include "differ/differ.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using testing::At;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeInput;
using testing::RecordOf;
using testing::SetInput;
using testing::SmallApp;
using testing::StepAt;

class DifferTest : public ::testing::Test {
 protected:
  StepDiff DiffOf(const std::string& address) const {
    for (const StepDiff& step : ComputeDiff(&desired_, recorded_).steps) {
      if (step.address == At(address)) return step;
    }
    ADD_FAILURE() << address << " is not in the diff";
    return {};
  }

  DesiredState desired_ = SmallApp();
  RecordedState recorded_ = RecordOf(desired_);
};

TEST_F(DifferTest, EqualStatesDoNotDiffer) {
  const Diff diff = ComputeDiff(&desired_, recorded_);
  EXPECT_TRUE(diff.IsEmpty());
  EXPECT_EQ(diff.steps.size(), desired_.steps.size());
  for (const StepDiff& step : diff.steps) {
    EXPECT_EQ(step.reason.code, ReasonCode::kUnchanged);
    EXPECT_THAT(step.changes, IsEmpty());
  }
}

TEST_F(DifferTest, AStepWithoutARecordIsAdded) {
  std::erase_if(recorded_.steps,
                [](const RecordedStep& s) { return s.step.address == At("app.setup[host]"); });
  const StepDiff step = DiffOf("app.setup[host]");
  EXPECT_EQ(step.verdict, StepVerdict::kAdded);
  EXPECT_EQ(step.reason.code, ReasonCode::kNotRecorded);
  EXPECT_EQ(step.reason.text, "never ran");
  EXPECT_EQ(step.changes.size(), 2U);
}

TEST_F(DifferTest, AChangedInputConcernsOnlyTheStepsThatHaveIt) {
  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  const StepDiff step = DiffOf("app.configure[host]");
  EXPECT_EQ(step.verdict, StepVerdict::kChanged);
  EXPECT_EQ(step.reason.code, ReasonCode::kInputsChanged);
  EXPECT_EQ(step.reason.text, "environment.TZ changed");
  EXPECT_THAT(step.changes, ElementsAre(Change{"environment.TZ", "Europe/Brussels", "UTC"}));
  EXPECT_EQ(DiffOf("app.setup[host]").verdict, StepVerdict::kUnchanged);
}

TEST_F(DifferTest, ParametersAloneChangeNothing) {
  StepAt(desired_, "app.setup[host]").parameters["timeout_seconds"] = "900";
  EXPECT_TRUE(ComputeDiff(&desired_, recorded_).IsEmpty());
}

TEST_F(DifferTest, OrderOnlyEdgesChangeNothing) {
  StepAt(desired_, "app.setup[host]").after.clear();
  EXPECT_TRUE(ComputeDiff(&desired_, recorded_).IsEmpty());
}

TEST_F(DifferTest, AnInputEdgeThatWentAwayIsAChange) {
  StepAt(desired_, "app.setup[host]").consumes.clear();
  const StepDiff step = DiffOf("app.setup[host]");
  EXPECT_EQ(step.reason.code, ReasonCode::kUpstreamChanged);
  EXPECT_EQ(step.reason.text, "uses outputs of infrastructure.host no more");
  EXPECT_THAT(step.changes, ElementsAre(Change{"infrastructure.host.outputs.identity",
                                               "(last used)", std::nullopt}));
}

TEST_F(DifferTest, AStepThatIsNotDesiredIsRemoved) {
  testing::RemoveStep(desired_, "app.configure[host]");
  const StepDiff step = DiffOf("app.configure[host]");
  EXPECT_EQ(step.verdict, StepVerdict::kRemoved);
  EXPECT_EQ(step.reason.code, ReasonCode::kRemoved);
  ASSERT_EQ(step.changes.size(), 4U);
  EXPECT_EQ(step.changes[0], (Change{"environment.TOKEN", "(secret)", std::nullopt}));
}

TEST_F(DifferTest, WithoutADesiredStateEverythingIsRemoved) {
  const Diff diff = ComputeDiff(nullptr, recorded_);
  EXPECT_EQ(diff.steps.size(), recorded_.steps.size());
  for (const StepDiff& step : diff.steps) {
    EXPECT_EQ(step.verdict, StepVerdict::kRemoved);
    EXPECT_EQ(step.reason.code, ReasonCode::kAppDeleted);
    for (const Change& change : step.changes) {
      EXPECT_EQ(change.path.find(".outputs"), std::string::npos) << change.path;
    }
  }
}

TEST_F(DifferTest, ATaintedStepDiffersAlthoughItsInputsAreEqual) {
  StepAt(recorded_, "app.setup[host]").tainted = true;
  const StepDiff step = DiffOf("app.setup[host]");
  EXPECT_EQ(step.verdict, StepVerdict::kChanged);
  EXPECT_EQ(step.reason.code, ReasonCode::kLastAttemptFailed);
  EXPECT_THAT(step.changes, IsEmpty());
}

TEST_F(DifferTest, AnUnknownOutcomeIsSaidBeforeAFailure) {
  StepAt(recorded_, "app.setup[host]").tainted = true;
  StepAt(recorded_, "app.setup[host]").outcome_unknown = true;
  EXPECT_EQ(DiffOf("app.setup[host]").reason.code, ReasonCode::kOutcomeUnknown);
}

TEST_F(DifferTest, ATaintedStepStillShowsWhatChangedSinceItSucceeded) {
  StepAt(recorded_, "app.configure[host]").tainted = true;
  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  const StepDiff step = DiffOf("app.configure[host]");
  EXPECT_EQ(step.reason.code, ReasonCode::kLastAttemptFailed);
  EXPECT_EQ(step.changes.size(), 1U);
}

TEST_F(DifferTest, AnotherDriverIsNamed) {
  StepAt(desired_, "infrastructure.host").driver = "opentofu";
  const StepDiff step = DiffOf("infrastructure.host");
  EXPECT_EQ(step.reason.code, ReasonCode::kDriverChanged);
  EXPECT_EQ(step.reason.text, "carried out by opentofu now, by local before");
}

TEST_F(DifferTest, AnUpgradedPatternIsToldFromAChangedApp) {
  SetInput(desired_, "platform.base", "pattern.platform", "tree-new");
  EXPECT_EQ(DiffOf("platform.base").reason.code, ReasonCode::kPatternChanged);
  SetInput(desired_, "infrastructure.host", "pattern.infrastructure", "tree-new");
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  EXPECT_EQ(DiffOf("infrastructure.host").reason.code, ReasonCode::kInputsChanged);
}

TEST_F(DifferTest, ConsumedOutputsThatMovedOnMakeAStepRun) {
  // The host was replaced in a run that stopped before the platform followed.
  StepAt(recorded_, "infrastructure.host").outputs["identity"] = "host-2";
  const StepDiff platform = DiffOf("platform.base");
  EXPECT_EQ(platform.verdict, StepVerdict::kChanged);
  EXPECT_EQ(platform.reason.code, ReasonCode::kUpstreamChanged);
  EXPECT_EQ(platform.reason.text, "outputs of infrastructure.host changed");
  EXPECT_THAT(platform.changes, ElementsAre(Change{"infrastructure.host.outputs.identity",
                                                   "(last used)", "(changed)"}));
  EXPECT_EQ(DiffOf("app.configure[host]").verdict, StepVerdict::kUnchanged);
}

TEST_F(DifferTest, StepsAreSortedByAddressWhateverTheOrderOfTheInput) {
  testing::RemoveStep(desired_, "app.configure[host]");
  const Diff sorted = ComputeDiff(&desired_, recorded_);
  std::reverse(desired_.steps.begin(), desired_.steps.end());
  std::reverse(recorded_.steps.begin(), recorded_.steps.end());
  for (Step& step : desired_.steps) std::reverse(step.inputs.begin(), step.inputs.end());
  EXPECT_EQ(ComputeDiff(&desired_, recorded_), sorted);
  EXPECT_TRUE(
      std::is_sorted(sorted.steps.begin(), sorted.steps.end(),
                     [](const StepDiff& a, const StepDiff& b) { return a.address < b.address; }));
}

}  // namespace
}  // namespace gitops

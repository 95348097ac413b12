#include "differ/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "differ/planner.h"
#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using ::testing::ElementsAre;
using testing::RecordOf;
using testing::SetInput;
using testing::SmallApp;
using testing::StepAt;

class DescribeTest : public ::testing::Test {
 protected:
  Plan Build() const { return *BuildPlan(desired_, recorded_); }

  DesiredState desired_ = SmallApp();
  RecordedState recorded_ = RecordOf(desired_);
};

TEST_F(DescribeTest, ReportsEveryActionInItsOrderAsPending) {
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  const Plan plan = Build();
  const auto reports = DescribeActions(plan);
  ASSERT_EQ(reports.size(), plan.actions.size());
  EXPECT_EQ(reports[0].address.ToString(), "infrastructure.host");
  EXPECT_EQ(reports[0].kind, ActionKind::kUpdate);
  EXPECT_EQ(reports[0].changes, plan.actions[0].changes);
  EXPECT_EQ(reports[0].guard, "");
  EXPECT_EQ(reports[1].guard, "if outputs of infrastructure.host change");
  for (const ActionReport& report : reports) EXPECT_EQ(report.status, ActionStatus::kPending);
}

TEST_F(DescribeTest, APlanThatGoesIsReportedLikeOneThatStays) {
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  const auto kept = DescribeActions(static_cast<const Plan&>(Build()));
  const auto gone = DescribeActions(Build());
  ASSERT_EQ(gone.size(), kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(gone[i].address, kept[i].address);
    EXPECT_EQ(gone[i].kind, kept[i].kind);
    EXPECT_EQ(gone[i].reason, kept[i].reason);
    EXPECT_EQ(gone[i].changes, kept[i].changes);
    EXPECT_EQ(gone[i].guard, kept[i].guard);
    EXPECT_EQ(gone[i].status, kept[i].status);
  }
}

TEST_F(DescribeTest, CollectsEachPathOnce) {
  SetInput(desired_, "app.files[host]", "files.src", "tree-new");
  SetInput(desired_, "app.setup[host]", "files.src", "tree-new");
  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  EXPECT_THAT(CollectChanges(Build()),
              ElementsAre(Change{"environment.TZ", "Europe/Brussels", "UTC"},
                          Change{"files.src", "tree-d", "tree-new"}));
}

TEST_F(DescribeTest, PrefersTheChangeThatKnowsBothSides) {
  RecordedStep& files = StepAt(recorded_, "app.files[host]");
  files.tainted = true;
  files.step.inputs.clear();
  SetInput(desired_, "app.files[host]", "files.src", "tree-new");
  SetInput(desired_, "app.setup[host]", "files.src", "tree-new");
  EXPECT_THAT(CollectChanges(Build()),
              ::testing::Contains(Change{"files.src", "tree-d", "tree-new"}));
}

TEST_F(DescribeTest, JudgesTheWholeApp) {
  EXPECT_EQ(VerdictOf(Build(), recorded_), Verdict::kUnchanged);
  EXPECT_EQ(DescribePlan(Build(), recorded_), "nothing changed");
  EXPECT_EQ(VerdictOf(BuildDeletePlan(recorded_, Build()), recorded_), Verdict::kDelete);
  EXPECT_EQ(DescribePlan(BuildDeletePlan(recorded_, Build()), recorded_), "the app is deleted");

  SetInput(desired_, "app.configure[host]", "environment.TZ", "UTC");
  EXPECT_EQ(VerdictOf(Build(), recorded_), Verdict::kUpdate);
  EXPECT_EQ(DescribePlan(Build(), recorded_), "environment.TZ changed");

  StepAt(recorded_, "app.setup[host]").tainted = true;
  EXPECT_EQ(DescribePlan(Build(), recorded_), "app.setup[host]: its last attempt failed");
}

TEST_F(DescribeTest, AnAppIsNewUntilAStepSucceeds) {
  recorded_.steps.resize(1);
  recorded_.steps[0].tainted = true;
  recorded_.steps[0].step.inputs.clear();
  recorded_.steps[0].outputs.clear();
  EXPECT_EQ(VerdictOf(Build(), recorded_), Verdict::kCreate);
  EXPECT_EQ(DescribePlan(Build(), recorded_), "the app was never brought up completely");
  recorded_.steps.clear();
  EXPECT_EQ(VerdictOf(Build(), recorded_), Verdict::kCreate);
  EXPECT_EQ(DescribePlan(Build(), recorded_), "the app is new");
}

TEST_F(DescribeTest, CountsActionsByKind) {
  testing::RemoveStep(desired_, "network.address");
  StepAt(desired_, "platform.base").driver = "ansible";
  SetInput(desired_, "infrastructure.host", "variables.memory", "8192");
  const ActionCounts counts = CountActions(DescribeActions(Build()));
  EXPECT_EQ(counts.removed, 1U);
  EXPECT_EQ(counts.replace, 1U);
  EXPECT_EQ(counts.update, 2U);
  EXPECT_EQ(counts.run, 2U);
  EXPECT_EQ(counts.create, 0U);
  EXPECT_EQ(counts.guarded, 2U);
  EXPECT_EQ(counts.Total(), 6U);
}

}  // namespace
}  // namespace gitops

#include "differ/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::Hook;
using ::testing::IsEmpty;
using testing::MakeInput;
using testing::MakeSecretInput;
using testing::Ref;

TEST(CompareInputsTest, EqualInputsGiveNoChange) {
  EXPECT_THAT(CompareInputs({MakeInput("a", "1")}, {MakeInput("a", "1")}), IsEmpty());
}

TEST(CompareInputsTest, NamesAddedChangedAndRemovedInputsSortedByPath) {
  const auto changes =
      CompareInputs({MakeInput("b", "old"), MakeInput("c", "gone"), MakeInput("d", "same")},
                    {MakeInput("d", "same"), MakeInput("b", "new"), MakeInput("a", "fresh")});
  EXPECT_THAT(changes, ElementsAre(Change{"a", std::nullopt, "fresh"}, Change{"b", "old", "new"},
                                   Change{"c", "gone", std::nullopt}));
}

TEST(CompareInputsTest, ShowsNeitherSideOfASecret) {
  const auto changes =
      CompareInputs({MakeSecretInput("token", "one")}, {MakeSecretInput("token", "two")});
  EXPECT_THAT(changes, ElementsAre(Change{"token", "(secret)", "(secret)"}));
}

TEST(CompareInputsTest, HidesTheOldTextOfAValueThatBecameSecret) {
  const auto changes =
      CompareInputs({MakeInput("token", "hunter2")}, {MakeSecretInput("token", "hunter2")});
  EXPECT_THAT(changes, ElementsAre(Change{"token", "(secret)", "(secret)"}));
}

TEST(CompareInputsTest, HidesASecretThatWasWronglyShown) {
  Input careless = MakeInput("token", "hunter2");
  careless.secret = true;
  EXPECT_THAT(CompareInputs({careless}, {}),
              ElementsAre(Change{"token", "(secret)", std::nullopt}));
  EXPECT_THAT(CompareInputs({}, {careless}),
              ElementsAre(Change{"token", std::nullopt, "(secret)"}));
}

TEST(CompareInputsTest, TellsEqualTextsApartByTheirDigests) {
  const auto changes = CompareInputs({{"files", "aaaaaaaaaaaa", "12 files", false}},
                                     {{"files", "bbbbbbbbbbbb", "12 files", false}});
  EXPECT_THAT(changes, ElementsAre(Change{"files", "12 files (aaaaaaa)", "12 files (bbbbbbb)"}));
}

TEST(CompareInputsTest, LengthensShortDigestsUntilTheyDiffer) {
  const auto changes =
      CompareInputs({{"f", "aaaaaaaaaa1x", "", false}}, {{"f", "aaaaaaaaaa2x", "", false}});
  EXPECT_THAT(changes, ElementsAre(Change{"f", "(aaaaaaaaaa1)", "(aaaaaaaaaa2)"}));
}

TEST(OwnInputsTest, LeavesOutConsumedOutputs) {
  Step step = Hook("app.setup", {MakeInput("a", "1")});
  step.consumes = {Ref("infrastructure.host", "ip")};
  const Step recorded = WithConsumedOutputs(step, {});
  ASSERT_EQ(recorded.inputs.size(), 2U);
  EXPECT_THAT(OwnInputs(recorded), ElementsAre(MakeInput("a", "1")));
}

class ConsumedOutputsTest : public ::testing::Test {
 protected:
  ConsumedOutputsTest() {
    RecordedStep host;
    host.step = testing::Resource("infrastructure.host");
    host.outputs = {{"ip", "10.0.0.1"}};
    state_.steps = {host};
    step_.consumes = {Ref("infrastructure.host", "ip")};
    recorded_.step =
        WithConsumedOutputs(step_, {{At("infrastructure.host"), {{"ip", "10.0.0.1"}}}});
  }

  Step step_ = Hook("app.setup");
  RecordedState state_;
  RecordedStep recorded_;
};

TEST_F(ConsumedOutputsTest, AreUnchangedWhenTheyAreWhatTheStepLastRanWith) {
  EXPECT_THAT(CompareConsumedOutputs(step_, recorded_, state_), IsEmpty());
}

TEST_F(ConsumedOutputsTest, ChangeWithoutShowingTheirValues) {
  state_.steps[0].outputs["ip"] = "10.0.0.2";
  EXPECT_THAT(CompareConsumedOutputs(step_, recorded_, state_),
              ElementsAre(Change{"infrastructure.host.outputs.ip", "(last used)", "(changed)"}));
}

TEST_F(ConsumedOutputsTest, IgnoreOutputsThatAreNotConsumed) {
  state_.steps[0].outputs["console"] = "https://example.org";
  EXPECT_THAT(CompareConsumedOutputs(step_, recorded_, state_), IsEmpty());
}

TEST_F(ConsumedOutputsTest, CountANewEdgeAsAChange) {
  step_.consumes.push_back(Ref("infrastructure.host", "name"));
  EXPECT_THAT(CompareConsumedOutputs(step_, recorded_, state_),
              ElementsAre(Change{"infrastructure.host.outputs.name", std::nullopt, "(new)"}));
}

TEST_F(ConsumedOutputsTest, CountAnEdgeThatWentAwayAsAChange) {
  step_.consumes.clear();
  const std::vector<Change> gone = {
      {"infrastructure.host.outputs.ip", "(last used)", std::nullopt}};
  EXPECT_EQ(CompareConsumedOutputs(step_, recorded_, state_), gone);
  state_.steps.clear();
  EXPECT_EQ(CompareConsumedOutputs(step_, recorded_, state_), gone);
}

TEST_F(ConsumedOutputsTest, LeaveAStepWithoutARecordToTheGuard) {
  state_.steps.clear();
  EXPECT_THAT(CompareConsumedOutputs(step_, recorded_, state_), IsEmpty());
}

TEST(DriverChangeTest, ComparesDriversAndProviders) {
  Step before = testing::Resource("infrastructure.host", {MakeInput("provider", "grid")});
  Step after = before;
  EXPECT_FALSE(FindDriverChange(before, after).has_value());

  after.inputs = {MakeInput("provider", "cloud")};
  const auto provider = FindDriverChange(before, after);
  ASSERT_TRUE(provider.has_value());
  EXPECT_EQ(provider->from, "grid");
  EXPECT_EQ(provider->to, "cloud");

  after = before;
  after.driver = "opentofu";
  const auto driver = FindDriverChange(before, after);
  ASSERT_TRUE(driver.has_value());
  EXPECT_EQ(driver->from, "local");
  EXPECT_EQ(driver->to, "opentofu");
}

TEST(DriverChangeTest, AProviderThatWasNotRecordedBeforeIsNoReplacement) {
  const Step before = testing::Resource("infrastructure.host");
  const Step after = testing::Resource("infrastructure.host", {MakeInput("provider", "grid")});
  EXPECT_FALSE(FindDriverChange(before, after).has_value());
}

}  // namespace
}  // namespace gitops

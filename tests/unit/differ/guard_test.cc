#include "differ/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using testing::At;
using testing::Hook;
using testing::MakeInput;
using testing::Ref;

class GuardTest : public ::testing::Test {
 protected:
  GuardTest() {
    action_.step = Hook("app.setup", {MakeInput("z", "1")});
    action_.step.consumes = {Ref("infrastructure.host", "ip"), Ref("network.mesh")};
    action_.guard = {Ref("infrastructure.host", "ip")};
    recorded_.step = WithConsumedOutputs(action_.step, outputs_);
  }

  OutputsByStep outputs_ = {{At("infrastructure.host"), {{"ip", "10.0.0.1"}, {"name", "a"}}},
                            {At("network.mesh"), {{"key", "k"}}}};
  Action action_;
  RecordedStep recorded_;
};

TEST_F(GuardTest, ActionsWithoutAGuardAlwaysRun) {
  action_.guard.clear();
  EXPECT_TRUE(GuardIsOpen(action_, &recorded_, outputs_, false));
}

TEST_F(GuardTest, StaysShutWhileTheOutputsAreTheSame) {
  EXPECT_FALSE(GuardIsOpen(action_, &recorded_, outputs_, true));
}

TEST_F(GuardTest, StaysShutForAnOutputThatIsNotGuarded) {
  outputs_[At("infrastructure.host")]["name"] = "b";
  outputs_[At("network.mesh")]["key"] = "other";
  EXPECT_FALSE(GuardIsOpen(action_, &recorded_, outputs_, true));
}

TEST_F(GuardTest, OpensWhenAGuardedOutputChanges) {
  outputs_[At("infrastructure.host")]["ip"] = "10.0.0.2";
  EXPECT_TRUE(GuardIsOpen(action_, &recorded_, outputs_, false));
}

TEST_F(GuardTest, OpensWhenTheOutputsAreGone) {
  outputs_.erase(At("infrastructure.host"));
  EXPECT_TRUE(GuardIsOpen(action_, &recorded_, outputs_, false));
}

TEST_F(GuardTest, OpensForAStepThatNeverRanOrFailed) {
  EXPECT_TRUE(GuardIsOpen(action_, nullptr, outputs_, false));
  recorded_.tainted = true;
  EXPECT_TRUE(GuardIsOpen(action_, &recorded_, outputs_, false));
}

TEST_F(GuardTest, OpensForAStepThatNeverConsumedTheOutput) {
  recorded_.step.inputs.clear();
  EXPECT_TRUE(GuardIsOpen(action_, &recorded_, outputs_, false));
}

TEST_F(GuardTest, AnyGuardFollowsTheOtherSteps) {
  action_.guard.clear();
  action_.guard_any = true;
  EXPECT_FALSE(GuardIsOpen(action_, &recorded_, outputs_, false));
  EXPECT_TRUE(GuardIsOpen(action_, &recorded_, outputs_, true));
}

TEST_F(GuardTest, RecordsConsumedOutputsAsSortedInputsWithoutTheirValues) {
  std::vector<std::string> names;
  for (const Input& input : recorded_.step.inputs) {
    names.push_back(input.name);
    EXPECT_EQ(input.shown.find("10.0.0.1"), std::string::npos);
  }
  EXPECT_THAT(
      names, ::testing::ElementsAre("infrastructure.host.outputs.ip", "network.mesh.outputs", "z"));
}

}  // namespace
}  // namespace gitops

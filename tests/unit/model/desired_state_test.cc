#include "engine/model/desired_state.h"

#include <gtest/gtest.h>

#include <set>

namespace gitops {
namespace {

DesiredState Example() {
  DesiredState state;
  state.app = {"production", "web"};
  state.provider = "local";
  Step setup;
  setup.address = {Phase::kApp, "setup", "host"};
  setup.driver = "hook";
  setup.inputs = {{"files.src", "d1", "shown", false}, {"hooks.setup", "d2", "shown", false}};
  state.steps = {setup};
  return state;
}

TEST(DesiredStateTest, FindsAStepByItsAddress) {
  const DesiredState state = Example();
  EXPECT_EQ(state.Find({Phase::kApp, "setup", "host"}), &state.steps[0]);
  EXPECT_EQ(state.Find({Phase::kApp, "setup", ""}), nullptr);
}

TEST(DesiredStateTest, TheDigestFollowsWhatMakesStepsRun) {
  std::set<std::string> digests = {Example().Digest()};
  const auto is_new = [&digests](auto change) {
    DesiredState state = Example();
    change(state);
    return digests.insert(state.Digest()).second;
  };
  EXPECT_TRUE(is_new([](DesiredState& s) { s.provider = "grid"; }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps[0].address.host = "other"; }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps[0].driver = "other"; }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps[0].inputs[0].digest = "d3"; }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps[0].inputs[0].name = "files.lib"; }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps[0].inputs.pop_back(); }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps.push_back(s.steps[0]); }));
  EXPECT_TRUE(is_new([](DesiredState& s) { s.steps.clear(); }));
}

TEST(DesiredStateTest, TheDigestIgnoresWhatMakesNothingRun) {
  DesiredState state = Example();
  state.revision.ref = "other";
  state.app_version = "9";
  state.steps[0].parameters["timeout_seconds"] = "5";
  state.steps[0].inputs[0].shown = "other";
  EXPECT_EQ(state.Digest(), Example().Digest());
}

TEST(DesiredStateTest, TheDigestKeepsStepsAndInputsApart) {
  // The same texts, divided differently between two steps.
  DesiredState one = Example();
  one.steps.push_back(one.steps[0]);
  one.steps[1].inputs.clear();
  DesiredState two = one;
  std::swap(two.steps[0].inputs, two.steps[1].inputs);
  EXPECT_NE(one.Digest(), two.Digest());
}

}  // namespace
}  // namespace gitops

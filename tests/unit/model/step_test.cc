#include "engine/model/step.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(StepAddressTest, ReadsWhatItWrites) {
  for (const StepAddress& address :
       {StepAddress{Phase::kInfrastructure, "host", ""}, StepAddress{Phase::kApp, "setup", "web-1"},
        StepAddress{Phase::kPlatform, "with.dot", "h"}}) {
    const auto parsed = ParseStepAddress(address.ToString());
    ASSERT_TRUE(parsed.has_value()) << address.ToString();
    EXPECT_EQ(*parsed, address);
  }
}

TEST(StepAddressTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "app", "app.", ".setup", "nowhere.setup", "app.[host]", "app.setup[",
                           "app.setup[host", "app.setup[host]x", "app.setup[]"}) {
    EXPECT_FALSE(ParseStepAddress(text).has_value()) << text;
  }
}

TEST(StepAddressTest, SortsByPhaseFirst) {
  EXPECT_LT((StepAddress{Phase::kInfrastructure, "z", ""}), (StepAddress{Phase::kApp, "a", ""}));
  EXPECT_LT((StepAddress{Phase::kApp, "a", "z"}), (StepAddress{Phase::kApp, "b", "a"}));
  EXPECT_LT((StepAddress{Phase::kApp, "a", "a"}), (StepAddress{Phase::kApp, "a", "b"}));
}

TEST(OutputRefTest, NamesTheInputThatStandsForIt) {
  const StepAddress host{Phase::kInfrastructure, "host", ""};
  EXPECT_EQ((OutputRef{host, "ip"}).InputName(), "infrastructure.host.outputs.ip");
  EXPECT_EQ((OutputRef{host, ""}).InputName(), "infrastructure.host.outputs");
}

class DigestOutputsTest : public ::testing::Test {
 protected:
  std::string Digest(const std::string& output, const Outputs& outputs) const {
    return DigestOutputs({{Phase::kInfrastructure, "host", ""}, output}, outputs);
  }
};

TEST_F(DigestOutputsTest, FollowsTheOutputThatIsNamed) {
  const std::string before = Digest("ip", {{"ip", "10.0.0.1"}, {"name", "a"}});
  EXPECT_EQ(Digest("ip", {{"ip", "10.0.0.1"}, {"name", "b"}}), before);
  EXPECT_NE(Digest("ip", {{"ip", "10.0.0.2"}, {"name", "a"}}), before);
  EXPECT_NE(Digest("ip", {{"name", "a"}}), before);
}

TEST_F(DigestOutputsTest, FollowsAllOutputsWhenNoneIsNamed) {
  const std::string before = Digest("", {{"ip", "10.0.0.1"}, {"name", "a"}});
  EXPECT_NE(Digest("", {{"ip", "10.0.0.1"}, {"name", "b"}}), before);
  EXPECT_NE(Digest("", {{"ip", "10.0.0.1"}}), before);
}

TEST_F(DigestOutputsTest, AnEmptyOutputIsNotAMissingOne) {
  EXPECT_NE(Digest("ip", {{"ip", ""}}), Digest("ip", {}));
}

TEST_F(DigestOutputsTest, KeepsNamesAndValuesApart) {
  EXPECT_NE(Digest("", {{"a", "bc"}}), Digest("", {{"ab", "c"}}));
  EXPECT_NE(Digest("", {{"a", "b"}, {"c", "d"}}), Digest("", {{"a", "bcd"}}));
}

}  // namespace
}  // namespace gitops

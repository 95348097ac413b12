#include "differ/reasons.h"

#include <gtest/gtest.h>

#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using testing::Ref;

const Change kChanged{"environment.TZ", "a", "b"};
const Change kAdded{"environment.TZ", std::nullopt, "b"};
const Change kRemoved{"environment.TZ", "a", std::nullopt};

TEST(InputsReasonTest, SaysWhatBecameOfASingleInput) {
  EXPECT_EQ(InputsReason({kChanged}).text, "environment.TZ changed");
  EXPECT_EQ(InputsReason({kAdded}).text, "environment.TZ was added");
  EXPECT_EQ(InputsReason({kRemoved}).text, "environment.TZ was removed");
  EXPECT_EQ(InputsReason({kChanged}).code, ReasonCode::kInputsChanged);
}

TEST(InputsReasonTest, CountsTheRest) {
  const Change other{"files.src", "a", "b"};
  EXPECT_EQ(InputsReason({kChanged, other}).text, "environment.TZ and 1 more input changed");
  EXPECT_EQ(InputsReason({kChanged, other, other}).text,
            "environment.TZ and 2 more inputs changed");
}

TEST(InputsReasonTest, NamesThePatternWhenNothingElseDiffers) {
  const Change playbook{"pattern.platform", "a", "b"};
  const Reason reason = InputsReason({playbook});
  EXPECT_EQ(reason.code, ReasonCode::kPatternChanged);
  EXPECT_EQ(reason.text, "the pattern was updated: pattern.platform changed");
  EXPECT_EQ(InputsReason({kChanged, playbook}).code, ReasonCode::kInputsChanged);
}

TEST(UpstreamReasonTest, NamesEachStepOnce) {
  const Change ip{"infrastructure.host.outputs.ip", "a", "b"};
  const Change identity{"infrastructure.host.outputs.identity", "a", "b"};
  const Change mesh{"network.mesh.outputs", std::nullopt, "b"};
  const Change dns{"network.dns.outputs", "a", std::nullopt};
  EXPECT_EQ(UpstreamChangedReason({ip, identity, mesh}).text,
            "outputs of infrastructure.host and network.mesh changed");
  EXPECT_EQ(UpstreamChangedReason({mesh}).text, "uses outputs of network.mesh now");
  EXPECT_EQ(UpstreamChangedReason({dns}).text, "uses outputs of network.dns no more");
  EXPECT_EQ(UpstreamChangedReason({dns, mesh}).text,
            "outputs of network.dns and network.mesh changed");
  EXPECT_EQ(UpstreamMayChangeReason({Ref("infrastructure.host")}).text,
            "infrastructure.host comes first and its outputs may change");
  EXPECT_EQ(UpstreamMayChangeReason({Ref("infrastructure.host"), Ref("network.mesh")}).text,
            "infrastructure.host and network.mesh come first and their outputs may change");
}

TEST(DescribeGuardTest, SpellsOutTheGuard) {
  Action action;
  EXPECT_EQ(DescribeGuard(action), "");
  action.guard = {Ref("infrastructure.host", "ip"), Ref("network.mesh"), Ref("platform.base")};
  EXPECT_EQ(DescribeGuard(action),
            "if outputs of infrastructure.host, network.mesh and platform.base change");
  action.guard.clear();
  action.guard_any = true;
  EXPECT_EQ(DescribeGuard(action), "if any other step runs");
}

TEST(PlainReasonTest, EveryCodeWithoutParticularsHasASentence) {
  for (const ReasonCode code :
       {ReasonCode::kRemoved, ReasonCode::kAppDeleted, ReasonCode::kLastAttemptFailed,
        ReasonCode::kOutcomeUnknown, ReasonCode::kAfterOtherSteps, ReasonCode::kForced,
        ReasonCode::kUnchanged}) {
    const Reason reason = PlainReason(code);
    EXPECT_EQ(reason.code, code);
    EXPECT_FALSE(reason.text.empty());
  }
}

}  // namespace
}  // namespace gitops

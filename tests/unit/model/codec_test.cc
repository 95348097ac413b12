#include "engine/model/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Step FullStep() {
  Step step;
  step.address = {Phase::kApp, "healthcheck", "web-1"};
  step.driver = "hook";
  step.nature = StepNature::kHook;
  step.inputs = {{"environment.TOKEN", "abc", "(secret)", true},
                 {"files.src", "def", "1f0c2ab", false}};
  step.consumes = {{{Phase::kInfrastructure, "host", ""}, "identity"},
                   {{Phase::kNetwork, "mesh", ""}, ""}};
  step.after = {{Phase::kApp, "configure", "web-1"}};
  step.after_any = true;
  step.optional = true;
  step.parameters = {{"script", "deployment/health \"check\".sh"}, {"timeout_seconds", "900"}};
  HealthProbe probe;
  probe.kind = ProbeKind::kTcp;
  probe.target = "127.0.0.1:80";
  probe.expected_status = 0;
  probe.interval = std::chrono::milliseconds(1500);
  probe.timeout = std::chrono::milliseconds(2500);
  probe.retries = 3;
  probe.successes = 2;
  step.probes = {probe};
  return step;
}

Plan FullPlan() {
  Plan plan;
  plan.app = {"production", "web"};
  plan.kind = PlanKind::kRollback;
  plan.revision = *ParseRevision("main@sha1:0123456789abcdef0123456789abcdef01234567");
  plan.recorded_serial = 18446744073709551615U;
  plan.desired_digest = "d1g357";
  plan.app_version = "1.10";
  plan.pattern = "single-vm";
  plan.provider = "local";
  plan.app_tree = *ObjectId::FromHex("2222222222222222222222222222222222222222");
  plan.pattern_tree = *ObjectId::FromHex("3333333333333333333333333333333333333333");
  plan.to_snapshot = 4;
  Action action;
  action.kind = ActionKind::kRun;
  action.step = FullStep();
  action.reason = {ReasonCode::kUpstreamMayChange, "infrastructure.host comes first"};
  action.changes = {{"a", "old", "new"}, {"b", std::nullopt, "new"}, {"c", "old", std::nullopt}};
  action.guard = action.step.consumes;
  action.guard_any = true;
  plan.actions = {action, Action()};
  plan.actions[1].kind = ActionKind::kDelete;
  plan.actions[1].step.address = {Phase::kPlatform, "base", ""};
  return plan;
}

TEST(CodecTest, PlansSurvive) {
  const auto decoded = DecodePlan(EncodePlan(FullPlan()));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().ToString();
  EXPECT_EQ(*decoded, FullPlan());
}

TEST(CodecTest, APlanWithoutARevisionSurvives) {
  Plan plan;
  plan.app = {"production", "web"};
  const auto decoded = DecodePlan(EncodePlan(plan));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().ToString();
  EXPECT_EQ(*decoded, plan);
}

TEST(CodecTest, PlanBytesAreOneLineAndFixed) {
  Plan plan;
  plan.app = {"production", "web"};
  EXPECT_EQ(EncodePlan(plan),
            R"({"actions":[],"app":"production/web","appTree":)"
            R"("0000000000000000000000000000000000000000","appVersion":"","desiredDigest":"",)"
            R"("format":1,"kind":"apply","pattern":"","patternTree":)"
            R"("0000000000000000000000000000000000000000","provider":"","recordedSerial":0,)"
            R"("revision":"","toSnapshot":0})");
  EXPECT_EQ(PlanDigest(plan).size(), 64U);
  EXPECT_NE(PlanDigest(plan), PlanDigest(FullPlan()));
}

TEST(CodecTest, StepsSurvive) {
  const auto decoded = DecodeStep(EncodeStep(FullStep()));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().ToString();
  EXPECT_EQ(*decoded, FullStep());
}

TEST(CodecTest, OutputsAndTextsSurvive) {
  const Outputs outputs = {{"ip", "10.0.0.1"}, {"note", "a \"quoted\"\nline \xc3\xbc"}, {"", ""}};
  EXPECT_EQ(*DecodeOutputs(EncodeOutputs(outputs)), outputs);
  const std::vector<std::string> texts = {"", "a", "b\tc"};
  EXPECT_EQ(*DecodeStrings(EncodeStrings(texts)), texts);
}

TEST(CodecTest, DiagnosticsAndErrorsSurvive) {
  Diagnostic error;
  error.summary = "unknown key";
  error.detail = "two\nlines";
  error.subject = "app";
  error.location = {"a.yaml", 3, 4};
  error.hint = "do this";
  Diagnostic warning = error;
  warning.severity = Severity::kWarning;
  Diagnostic note = error;
  note.severity = Severity::kNote;
  const Diagnostics all = {error, warning, note};
  EXPECT_EQ(*DecodeDiagnostics(EncodeDiagnostics(all)), all);

  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kConflict, ErrorKind::kTransient,
        ErrorKind::kUnknownOutcome, ErrorKind::kCancelled, ErrorKind::kCorruption}) {
    Error decoded = MakeError(ErrorKind::kInvalid, "other");
    ASSERT_TRUE(DecodeError(EncodeError(Error(kind, all)), decoded).has_value());
    EXPECT_EQ(decoded, Error(kind, all));
  }
}

TEST(CodecTest, InvalidUtf8IsReplacedNotThrown) {
  EXPECT_THAT(EncodeStrings({"a\xff"
                             "b"}),
              Not(HasSubstr("\xff")));
  EXPECT_TRUE(DecodeStrings(EncodeStrings({"a\xff"
                                           "b"}))
                  .has_value());
}

/// Replaces `from`, which has to be there, in the JSON of a plan.
std::string Broken(const std::string& from, const std::string& to) {
  std::string json = EncodePlan(FullPlan());
  const std::size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) json.replace(at, from.size(), to);
  return json;
}

TEST(CodecTest, WhatIsNotUnderstoodIsCorruption) {
  const std::vector<std::string> broken = {
      "",
      "{",
      "null",
      "[]",
      "{}",
      EncodePlan(FullPlan()).substr(0, 200),
      Broken(R"("format":1)", R"("format":2)"),
      Broken(R"("kind":"rollback")", R"("kind":"sideways")"),
      Broken(R"("kind":"run")", R"("kind":"dance")"),
      Broken(R"("app":"production/web")", R"("app":"no app")"),
      Broken("main@sha1:0123", "main@sha1:xyz3"),
      Broken(R"("appTree":"2222)", R"("appTree":"22)"),
      Broken(R"("code":"upstream_may_change")", R"("code":"because")"),
      Broken(R"("nature":"hook")", R"("nature":"other")"),
      Broken(R"("address":"app.healthcheck[web-1]")", R"("address":"nowhere")"),
      Broken(R"("afterAny":true)", R"("afterAny":"yes")"),
      Broken(R"("parameters":{)", R"("parameters":{"n":1,)"),
      Broken(R"("expectedStatus":0,)", ""),
      Broken(R"("toSnapshot":4)", R"("toSnapshot":"4")"),
      Broken(R"("toSnapshot":4)", R"("toSnapshot":4.5)"),
      Broken(R"("toSnapshot":4)", R"("toSnapshot":2147483648)"),
      Broken(R"("toSnapshot":4)", R"("toSnapshot":-2147483649)"),
      Broken(R"("toSnapshot":4)", R"("toSnapshot":1e109)"),
  };
  for (const std::string& json : broken) {
    const auto decoded = DecodePlan(json);
    ASSERT_FALSE(decoded.has_value()) << json;
    EXPECT_EQ(decoded.error().kind, ErrorKind::kCorruption) << json;
  }
}

TEST(CodecTest, OtherDecodersRefuseToo) {
  EXPECT_EQ(DecodeStep("[]").error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(DecodeOutputs(R"({"a":1})").error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(DecodeOutputs("[1]").error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(DecodeStrings(R"(["a",1])").error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(DecodeDiagnostics("{}").error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(
      DecodeDiagnostics(R"([{"severity":"loud","summary":"","detail":"","subject":"","file":"",)"
                        R"("line":0,"column":0,"hint":""}])")
          .error()
          .kind,
      ErrorKind::kCorruption);
  Error error = MakeError(ErrorKind::kInvalid, "kept");
  for (const char* json : {R"({"kind":"invalid","diagnostics":[]})",
                           R"({"kind":"odd","diagnostics":[]})", "nonsense"}) {
    const Status status = DecodeError(json, error);
    ASSERT_FALSE(status.has_value()) << json;
    EXPECT_EQ(status.error().kind, ErrorKind::kCorruption);
    EXPECT_EQ(error.primary().summary, "kept");
  }
}

}  // namespace
}  // namespace gitops

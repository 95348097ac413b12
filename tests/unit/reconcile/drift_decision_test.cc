#include "engine/reconcile/drift_decision.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

RecordedStep Recorded() {
  RecordedStep recorded;
  recorded.step.address = {Phase::kInfrastructure, "host", ""};
  recorded.step.driver = "local";
  recorded.outputs = {{"address", "127.0.0.1"}, {"identity", "one"}};
  return recorded;
}

ObservedStep Seen(Observation observation, Outputs outputs = {}) {
  return {observation, std::move(outputs), "seen"};
}

TEST(DecideDrift, SaysWhatWasSeen) {
  const std::pair<Observation, DriftVerdict> rows[] = {
      {Observation::kPresent, DriftVerdict::kInSync},
      {Observation::kAbsent, DriftVerdict::kMissing},
      {Observation::kDiffers, DriftVerdict::kDrifted},
      {Observation::kUnknown, DriftVerdict::kUnknown},
  };
  for (const auto& [observation, verdict] : rows) {
    const StepDrift drift = DecideDrift(Recorded(), Result<ObservedStep>(Seen(observation)));
    EXPECT_EQ(drift.verdict, verdict);
    EXPECT_EQ(drift.detail, "seen");
    EXPECT_EQ(drift.address, Recorded().step.address);
  }
}

TEST(DecideDrift, AnotherOutputIsDriftAndItsValueIsNotTold) {
  const ObservedStep same = Seen(Observation::kPresent, {{"identity", "one"}, {"more", "x"}});
  EXPECT_EQ(DecideDrift(Recorded(), Result<ObservedStep>(same)).verdict, DriftVerdict::kInSync);
  const ObservedStep other = Seen(Observation::kPresent, {{"identity", "secret"}});
  const StepDrift drift = DecideDrift(Recorded(), Result<ObservedStep>(other));
  EXPECT_EQ(drift.verdict, DriftVerdict::kDrifted);
  EXPECT_EQ(drift.detail, "its output identity is another one now");
}

TEST(DecideDrift, WhatNobodyRecordedIsUnknown) {
  RecordedStep tainted = Recorded();
  tainted.tainted = true;
  RecordedStep uncertain = Recorded();
  uncertain.outcome_unknown = true;
  for (const RecordedStep& step : {tainted, uncertain}) {
    EXPECT_FALSE(CanDrift(step));
    const auto drift = DecideDrift(step, Result<ObservedStep>(Seen(Observation::kAbsent)));
    EXPECT_EQ(drift.verdict, DriftVerdict::kUnknown);
    EXPECT_EQ(drift.detail,
              "its last attempt did not succeed, so nobody knows what should be there");
  }
  EXPECT_TRUE(CanDrift(Recorded()));
}

TEST(DecideDrift, ALookThatFailsIsUnknownAndSaysWhy) {
  const StepDrift none = DecideDrift(Recorded(), std::nullopt);
  EXPECT_EQ(none.verdict, DriftVerdict::kUnknown);
  EXPECT_EQ(none.detail, "this version has no driver \"local\" for it");
  const Result<ObservedStep> failed = MakeError(ErrorKind::kTransient, "no answer", "in 5s");
  const StepDrift drift = DecideDrift(Recorded(), failed);
  EXPECT_EQ(drift.verdict, DriftVerdict::kUnknown);
  EXPECT_EQ(drift.detail, "it could not be looked at: no answer: in 5s");
}

DriftVerdict Of(const std::vector<DriftVerdict>& verdicts) {
  std::vector<StepDrift> steps;
  for (const DriftVerdict verdict : verdicts) steps.push_back({{}, verdict, ""});
  return Overall(steps);
}

TEST(OverallDrift, TheWorstCountsAndAllGoneIsMissing) {
  using enum DriftVerdict;
  EXPECT_EQ(Of({}), kUnknown);
  EXPECT_EQ(Of({kUnknown}), kUnknown);
  EXPECT_EQ(Of({kUnknown, kInSync}), kInSync);
  EXPECT_EQ(Of({kInSync, kDrifted}), kDrifted);
  EXPECT_EQ(Of({kInSync, kMissing}), kDrifted);
  EXPECT_EQ(Of({kMissing, kUnknown}), kMissing);
  EXPECT_EQ(Of({kMissing, kDrifted}), kDrifted);
}

}  // namespace
}  // namespace gitops

#include "engine/reconcile/recovery.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

Action MakeAction(ActionKind kind, const char* step) {
  Action action;
  action.kind = kind;
  action.step.address = {Phase::kApp, step, ""};
  return action;
}

gitops::Run MakeRun(std::vector<ActionStatus> statuses, PlanKind kind = PlanKind::kApply) {
  gitops::Run run;
  run.plan.kind = kind;
  for (const ActionStatus status : statuses) {
    run.plan.actions.push_back(
        MakeAction(kind == PlanKind::kDelete ? ActionKind::kDelete : ActionKind::kRun, "setup"));
    run.actions.push_back({status, {}, {}, {}});
  }
  return run;
}

RecoveryDecision Decide(const Run& run, std::optional<Observation> observed = std::nullopt,
                        bool healthy = true, int earlier = 0) {
  return DecideRecovery({.run = run,
                         .observed = observed,
                         .has_healthy_snapshot = healthy,
                         .earlier_recoveries = earlier});
}

constexpr auto kDone = ActionStatus::kSucceeded;
constexpr auto kOpen = ActionStatus::kPending;

TEST(RecoveryTest, BetweenActionsItResumesWithTheNext) {
  const RecoveryDecision decision = Decide(MakeRun({kDone, ActionStatus::kSkipped, kOpen}));
  EXPECT_EQ(decision.kind, RecoveryKind::kResume);
  EXPECT_EQ(decision.action, 2U);
}

TEST(RecoveryTest, AnInterruptedActionIsRepeated) {
  const gitops::Run run = MakeRun({kDone, ActionStatus::kRunning, kOpen});
  EXPECT_EQ(InterruptedAction(run), std::optional<std::size_t>(1));
  const RecoveryDecision decision = Decide(run, Observation::kUnknown);
  EXPECT_EQ(decision.kind, RecoveryKind::kRedo);
  EXPECT_EQ(decision.action, 1U);
}

TEST(RecoveryTest, ASuspendedAppsRunIsHeldWhereItIs) {
  const auto decide = [](const gitops::Run& run, std::optional<Observation> observed) {
    return DecideRecovery({.run = run, .observed = observed, .suspended = true});
  };
  EXPECT_EQ(decide(MakeRun({kDone, kOpen}), {}).kind, RecoveryKind::kHold);
  EXPECT_EQ(decide(MakeRun({ActionStatus::kRunning, kOpen}), Observation::kPresent).kind,
            RecoveryKind::kHold);
  EXPECT_EQ(decide(MakeRun({ActionStatus::kRunning}), Observation::kAbsent).reason,
            "the app is suspended; app.setup is not there");
  // What only has to be written down touches nothing.
  EXPECT_EQ(decide(MakeRun({kDone, kDone}), {}).kind, RecoveryKind::kFinish);
  EXPECT_EQ(decide(MakeRun({kDone, ActionStatus::kFailed}), {}).kind, RecoveryKind::kFinish);
}

TEST(RecoveryTest, WhenEverythingWasDoneOnlyTheEndIsRecorded) {
  EXPECT_EQ(Decide(MakeRun({kDone, kDone})).kind, RecoveryKind::kFinish);
}

TEST(RecoveryTest, AFailureThatWasJournaledIsConcludedAsOne) {
  EXPECT_EQ(Decide(MakeRun({kDone, ActionStatus::kFailed, kOpen})).kind, RecoveryKind::kFinish);
  EXPECT_EQ(Decide(MakeRun({ActionStatus::kUnknown})).kind, RecoveryKind::kFinish);
}

TEST(RecoveryTest, ADeletionThatHappenedIsNotRepeated) {
  const gitops::Run run = MakeRun({ActionStatus::kRunning}, PlanKind::kDelete);
  EXPECT_EQ(Decide(run, Observation::kAbsent).kind, RecoveryKind::kConclude);
  EXPECT_EQ(Decide(run, Observation::kPresent).kind, RecoveryKind::kRedo);
  EXPECT_EQ(Decide(run).kind, RecoveryKind::kRedo);
}

TEST(RecoveryTest, ARunThatKillsTheEngineAgainAndAgainIsTakenBack) {
  const gitops::Run run = MakeRun({ActionStatus::kRunning});
  EXPECT_EQ(Decide(run, std::nullopt, true, kMostRecoveries - 1).kind, RecoveryKind::kRedo);
  EXPECT_EQ(Decide(run, std::nullopt, true, kMostRecoveries).kind, RecoveryKind::kRollBack);
  EXPECT_EQ(Decide(run, std::nullopt, false, kMostRecoveries).kind, RecoveryKind::kStall);
}

TEST(RecoveryTest, ARollbackThatKillsTheEngineStallsAndADeletionGoesOn) {
  EXPECT_EQ(Decide(MakeRun({ActionStatus::kRunning}, PlanKind::kRollback), std::nullopt, true,
                   kMostRecoveries)
                .kind,
            RecoveryKind::kStall);
  EXPECT_EQ(Decide(MakeRun({ActionStatus::kRunning}, PlanKind::kDelete), std::nullopt, true,
                   kMostRecoveries)
                .kind,
            RecoveryKind::kRedo);
}

}  // namespace
}  // namespace gitops

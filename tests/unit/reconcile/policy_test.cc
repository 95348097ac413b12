#include "engine/reconcile/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using testing::HasSubstr;

using std::chrono::milliseconds;
using std::chrono::seconds;

AppRecord App() {
  AppRecord app;
  app.id = {"production", "web"};
  return app;
}

ApplyDecision Decide(const AppRecord& app, SyncPolicy sync = SyncPolicy::kAuto,
                     bool asked_for = false, WallTime now = WallTime(seconds(1000))) {
  return DecideApply(
      {.app = app, .desired_digest = "d1", .sync = sync, .asked_for = asked_for, .now = now});
}

TEST(PolicyTest, AppliesByDefault) { EXPECT_EQ(Decide(App()).permission, Permission::kApply); }

TEST(PolicyTest, ASuspendedAppIsBlockedEvenWhenItIsAskedFor) {
  AppRecord app = App();
  app.suspension = Suspension{"maintenance", "ann", WallTime()};
  const ApplyDecision decision = Decide(app, SyncPolicy::kAuto, true);
  EXPECT_EQ(decision.permission, Permission::kBlocked);
  EXPECT_NE(decision.reason.find("maintenance"), std::string::npos);
  EXPECT_NE(decision.reason.find("tfgrid-compose resume production/web"), std::string::npos);
}

TEST(PolicyTest, ARejectedDigestIsNotAppliedAgainButAnotherIs) {
  AppRecord app = App();
  app.rejected = {"d1"};
  app.pinned_snapshot = 4;
  EXPECT_EQ(Decide(app).permission, Permission::kBlocked);
  EXPECT_EQ(Decide(app, SyncPolicy::kAuto, true).permission, Permission::kBlocked);
  EXPECT_NE(Decide(app).reason.find("snapshot 4"), std::string::npos);
  app.rejected = {"d0"};
  EXPECT_EQ(Decide(app).permission, Permission::kApply);
}

TEST(PolicyTest, ManualSyncHoldsUntilSomebodyAsks) {
  EXPECT_EQ(Decide(App(), SyncPolicy::kManual).permission, Permission::kHold);
  EXPECT_EQ(Decide(App(), SyncPolicy::kManual, true).permission, Permission::kApply);
}

TEST(PolicyTest, AParkedAppWaitsForAChangeOrAPerson) {
  AppRecord app = App();
  app.retry = RetryState{1, std::nullopt, ErrorKind::kInvalid, "d1"};
  EXPECT_EQ(Decide(app).permission, Permission::kBlocked);
  EXPECT_EQ(Decide(app, SyncPolicy::kAuto, true).permission, Permission::kApply);
  app.reason = "run 4 failed: a hook failed";
  EXPECT_EQ(Decide(app).reason, app.reason) << "what failed is not forgotten";
  app.retry->desired_digest = "d0";
  EXPECT_EQ(Decide(app).permission, Permission::kApply);
}

TEST(PolicyTest, ARetryIsDueAtItsTime) {
  AppRecord app = App();
  app.retry = RetryState{1, WallTime(seconds(1001)), ErrorKind::kTransient, "d1"};
  EXPECT_EQ(Decide(app).permission, Permission::kBlocked);
  EXPECT_EQ(Decide(app, SyncPolicy::kAuto, false, WallTime(seconds(1001))).permission,
            Permission::kApply);
}

TEST(PolicyTest, ARetryPlannedWhileTheClockWasAheadIsDue) {
  AppRecord app = App();
  app.retry =
      RetryState{1, WallTime(seconds(1000) + RetryDelay(20, 1.0)), ErrorKind::kTransient, "d1"};
  EXPECT_EQ(Decide(app).permission, Permission::kBlocked) << "the longest delay there is";
  app.retry->next = WallTime(seconds(1000) + std::chrono::hours(1));
  EXPECT_EQ(Decide(app).permission, Permission::kApply) << "no delay is that long";
}

FailureQuestion Failure(ErrorKind kind) {
  return {.kind = kind, .has_healthy_snapshot = true, .touched_anything = true};
}

TEST(PolicyTest, AFailedUpdateIsRolledBack) {
  EXPECT_EQ(DecideFailure(Failure(ErrorKind::kInvalid)), FailureReaction::kRollBack);
  EXPECT_EQ(DecideFailure(Failure(ErrorKind::kUnknownOutcome)), FailureReaction::kRollBack);
  EXPECT_EQ(DecideFailure(Failure(ErrorKind::kTransient)), FailureReaction::kRollBack);
}

TEST(PolicyTest, AFailedFirstCreateIsHeld) {
  FailureQuestion question = Failure(ErrorKind::kInvalid);
  question.has_healthy_snapshot = false;
  EXPECT_EQ(DecideFailure(question), FailureReaction::kPark);
}

TEST(PolicyTest, OnFailureHoldNeverRollsBack) {
  FailureQuestion question = Failure(ErrorKind::kInvalid);
  question.on_failure = OnFailure::kHold;
  EXPECT_EQ(DecideFailure(question), FailureReaction::kPark);
}

TEST(PolicyTest, AFailedRollbackOrDeletionIsNotAnsweredByAnotherRollback) {
  for (const PlanKind kind : {PlanKind::kRollback, PlanKind::kDelete}) {
    FailureQuestion question = Failure(ErrorKind::kInvalid);
    question.plan_kind = kind;
    EXPECT_EQ(DecideFailure(question), FailureReaction::kPark);
  }
}

TEST(PolicyTest, ATransientFailureThatTouchedNothingIsTriedAgainAFewTimes) {
  FailureQuestion question = Failure(ErrorKind::kTransient);
  question.touched_anything = false;
  EXPECT_EQ(DecideFailure(question), FailureReaction::kRetryLater);
  question.has_healthy_snapshot = false;
  question.attempts = 4;
  EXPECT_EQ(DecideFailure(question), FailureReaction::kRetryLater);
  question.attempts = 5;
  EXPECT_EQ(DecideFailure(question), FailureReaction::kPark);
}

TEST(PolicyTest, AnOwedRollbackIsDueAtItsTimeOrWhenItIsAskedFor) {
  const WallTime now{std::chrono::milliseconds(1'000'000)};
  AppRecord app = App();
  app.owed_rollback = 1;
  EXPECT_TRUE(MayPayRollback(app, false, now)) << "it has not been tried yet";
  app.retry = RetryState{2, now + std::chrono::milliseconds(1), ErrorKind::kTransient, "r"};
  EXPECT_FALSE(MayPayRollback(app, false, now));
  EXPECT_TRUE(MayPayRollback(app, true, now));
  EXPECT_TRUE(MayPayRollback(app, false, now + std::chrono::milliseconds(1)));
  app.suspension = Suspension{"hands off", "me", now};
  EXPECT_FALSE(MayPayRollback(app, true, now));
}

TEST(PolicyTest, AFailedDeletionWaitsForItsTimeOrForAPerson) {
  const WallTime now{std::chrono::milliseconds(1'000'000)};
  AppRecord app = App();
  EXPECT_EQ(RefuseRepeatedDeletion(app, false, now), "");
  app.retry = RetryState{1, now + std::chrono::milliseconds(1), ErrorKind::kTransient, ""};
  EXPECT_THAT(RefuseRepeatedDeletion(app, false, now), HasSubstr("attempt 2 is due at"));
  EXPECT_EQ(RefuseRepeatedDeletion(app, true, now), "");
  EXPECT_EQ(RefuseRepeatedDeletion(app, false, now + std::chrono::milliseconds(1)), "");
  app.retry->next.reset();
  EXPECT_THAT(RefuseRepeatedDeletion(app, false, now), HasSubstr("waits for a person"));
  app.retry->desired_digest = "an update that failed";
  EXPECT_EQ(RefuseRepeatedDeletion(app, false, now), "") << "no reason to keep an orphan";
}

TEST(PolicyTest, WhatASuspensionStoppedIsHeld) {
  FailureQuestion question{.kind = ErrorKind::kCancelled, .touched_anything = true};
  EXPECT_EQ(DecideFailure(question), FailureReaction::kRetryLater);
  question.suspended = true;
  question.has_healthy_snapshot = true;
  EXPECT_EQ(DecideFailure(question), FailureReaction::kHold);
}

TEST(PolicyTest, RetryDelaysDoubleUpToALimitWithJitter) {
  EXPECT_EQ(RetryDelay(1, 0), milliseconds(5'000));
  EXPECT_EQ(RetryDelay(2, 0), milliseconds(10'000));
  EXPECT_EQ(RetryDelay(100, 0), milliseconds(300'000));
  EXPECT_EQ(RetryDelay(1, 1), milliseconds(6'250));
}

PruneQuestion Prune(std::size_t orphans, std::size_t apps) {
  return {.orphans = orphans, .apps = apps, .enabled = true, .clean_read = true};
}

TEST(PolicyTest, PruneNeedsPermissionACleanReadAndModeration) {
  EXPECT_EQ(RefusePrune(Prune(2, 10)), "");
  EXPECT_NE(RefusePrune(Prune(3, 10)).find("maxPrune"), std::string::npos);
  PruneQuestion off = Prune(1, 10);
  off.enabled = false;
  EXPECT_NE(RefusePrune(off).find("prune is off"), std::string::npos);
  PruneQuestion doubtful = Prune(1, 10);
  doubtful.clean_read = false;
  EXPECT_NE(RefusePrune(doubtful).find("doubtful"), std::string::npos);
}

TEST(PolicyTest, OneAppMayAlwaysGoAndNamedOnesToo) {
  EXPECT_EQ(RefusePrune(Prune(1, 1)), "");
  PruneQuestion named = Prune(10, 10);
  named.named = true;
  named.enabled = false;
  EXPECT_EQ(RefusePrune(named), "");
}

}  // namespace
}  // namespace gitops

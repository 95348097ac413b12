#include "engine/reconcile/notify_decision.h"

#include <gtest/gtest.h>

#include "tests/unit/store/records.h"

namespace gitops {
namespace {

Occurrence Happened(const std::string& type, char commit = 'a', PlanKind kind = PlanKind::kApply,
                    RunTrigger trigger = RunTrigger::kSync) {
  Occurrence occurrence;
  occurrence.event.type = type;
  occurrence.event.source = "apps";
  occurrence.event.app = AppId{"production", "web"};
  occurrence.event.run = 7;
  occurrence.event.message = "what happened";
  occurrence.event.time = At(9);
  Run run;
  run.id = 7;
  run.plan.app = *occurrence.event.app;
  run.plan.kind = kind;
  run.plan.revision = {"main", Oid(commit)};
  run.trigger = trigger;
  run.status = type == "run.failed" ? RunStatus::kFailed : RunStatus::kSucceeded;
  occurrence.run = run;
  return occurrence;
}

std::optional<Told> ToldOf(NotificationKind kind, char commit = 'a') {
  return Told{"app:production/web", kind, Oid(commit), At(1)};
}

std::optional<NotificationKind> Kind(const Occurrence& occurrence,
                                     const std::optional<Told>& told = std::nullopt) {
  const NotifyDecision decision = DecideNotification(occurrence, told);
  EXPECT_EQ(decision.notification.has_value(), decision.told.has_value());
  if (!decision.notification) return std::nullopt;
  EXPECT_EQ(decision.told->kind, decision.notification->kind);
  EXPECT_EQ(decision.told->topic, decision.notification->Topic());
  return decision.notification->kind;
}

TEST(NotifyDecision, AFailureIsToldOnceForEachCommit) {
  EXPECT_EQ(Kind(Happened("run.failed")), NotificationKind::kFailed);
  EXPECT_EQ(Kind(Happened("run.failed"), ToldOf(NotificationKind::kFailed)), std::nullopt);
  EXPECT_EQ(Kind(Happened("run.failed", 'b'), ToldOf(NotificationKind::kFailed)),
            NotificationKind::kFailed);
}

TEST(NotifyDecision, TheEndOfTroubleIsARecovery) {
  for (const auto kind : {NotificationKind::kFailed, NotificationKind::kRolledBack}) {
    EXPECT_EQ(Kind(Happened("run.succeeded", 'b'), ToldOf(kind)), NotificationKind::kRecovered);
  }
  EXPECT_EQ(Kind(Happened("run.succeeded", 'b'), ToldOf(NotificationKind::kRecovered)),
            NotificationKind::kDeployed);
  EXPECT_EQ(Kind(Happened("run.succeeded")), NotificationKind::kDeployed);
}

TEST(NotifyDecision, ARollbackIsToldOnce) {
  const Occurrence automatic =
      Happened("run.succeeded", 'a', PlanKind::kRollback, RunTrigger::kAutomaticRollback);
  EXPECT_EQ(Kind(automatic, ToldOf(NotificationKind::kFailed, 'b')), std::nullopt);
  EXPECT_EQ(Kind(Happened("app.rolled_back"), ToldOf(NotificationKind::kFailed, 'b')),
            NotificationKind::kRolledBack);
  EXPECT_EQ(Kind(Happened("app.rollback_failed"), ToldOf(NotificationKind::kFailed, 'b')),
            NotificationKind::kFailed);
  EXPECT_EQ(Kind(Happened("run.succeeded", 'a', PlanKind::kRollback, RunTrigger::kManual)),
            NotificationKind::kRolledBack);
}

TEST(NotifyDecision, ASourceIsToldWhenItGoesAndWhenItComesBack) {
  Occurrence failed;
  failed.event.type = "source.failed";
  failed.event.source = "apps";
  EXPECT_EQ(Kind(failed), NotificationKind::kSourceFailed);
  const std::optional<Told> told =
      Told{"source:apps", NotificationKind::kSourceFailed, ObjectId(), At(1)};
  EXPECT_EQ(Kind(failed, told), std::nullopt);
  Occurrence back = failed;
  back.event.type = "source.recovered";
  EXPECT_EQ(Kind(back), std::nullopt);
  EXPECT_EQ(Kind(back, told), NotificationKind::kSourceRecovered);
  EXPECT_EQ(TopicOf(failed.event), "source:apps");
}

TEST(NotifyDecision, OtherEventsAreNotTold) {
  for (const char* type : {"run.recovered", "source.updated", "notification.failed", "x"}) {
    EXPECT_EQ(Kind(Happened(type)), std::nullopt) << type;
    EXPECT_EQ(TopicOf(Happened(type).event), "") << type;
  }
  EXPECT_EQ(TopicOf(Happened("run.failed").event), "app:production/web");
}

TEST(NotifyDecision, StatesOfCommits) {
  const auto kind = [](const Occurrence& occurrence) -> std::optional<NotificationKind> {
    const auto status = DecideCommitStatus(occurrence);
    if (!status) return std::nullopt;
    return status->kind;
  };
  EXPECT_EQ(kind(Happened("run.succeeded")), NotificationKind::kStatusSuccess);
  EXPECT_EQ(kind(Happened("run.failed")), NotificationKind::kStatusFailure);
  Occurrence pending = Happened("");
  pending.run->status = RunStatus::kRunning;
  EXPECT_EQ(kind(pending), NotificationKind::kStatusPending);
  // A rollback says nothing about the commit it returns to, and a deletion has none.
  EXPECT_EQ(kind(Happened("run.succeeded", 'a', PlanKind::kRollback)), std::nullopt);
  EXPECT_EQ(kind(Happened("run.succeeded", 'a', PlanKind::kDelete)), std::nullopt);
  EXPECT_EQ(kind(Happened("app.rolled_back")), std::nullopt);
  Occurrence worktree = Happened("run.succeeded");
  worktree.run->plan.revision.commit = ObjectId();
  EXPECT_EQ(kind(worktree), std::nullopt);
}

TEST(NotifyDecision, TargetsChooseWhatTheyAreTold) {
  Notification notification;
  notification.kind = NotificationKind::kFailed;
  notification.app = AppId{"production", "web"};
  NotificationTarget target;
  target.on = {NotificationKind::kFailed};
  EXPECT_TRUE(Wants(target, notification));
  target.environments = {"staging", "prod*"};
  EXPECT_TRUE(Wants(target, notification));
  target.environments = {"staging"};
  EXPECT_FALSE(Wants(target, notification));
  target.environments.clear();
  for (const char* glob : {"web", "w*", "production/*", "*/web"}) {
    target.apps = {"db", glob};
    EXPECT_TRUE(Wants(target, notification)) << glob;
  }
  for (const char* glob : {"db", "staging/*", "production"}) {
    target.apps = {glob};
    EXPECT_FALSE(Wants(target, notification)) << glob;
  }
  target.apps.clear();
  target.on = {NotificationKind::kDeployed};
  EXPECT_FALSE(Wants(target, notification));
}

}  // namespace
}  // namespace gitops

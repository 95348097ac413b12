// Work that failed and is owed: rollbacks and deletions are tried again, each at its time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Steps = std::vector<std::string>;

constexpr std::chrono::seconds kLongerThanTheFirstDelay{7};

class RepeatedTest : public testing::Test {
 protected:
  RepeatedTest() {
    world_.Push(MemoryTree()
                    .WithTree("web", EngineWorld::App("web"))
                    .WithTree("other", EngineWorld::App("other")));
    EXPECT_FALSE(world_.Reconcile().HasFailures());
    world_.machine.TakeCalls();
  }

  /// The hook of a commit makes the health check fail, and that of the snapshot fails for now.
  void FailUpdateAndRollback() {
    world_.machine.Fail("web", "app.healthcheck", MakeError(ErrorKind::kInvalid, "not healthy"), 1);
    PushConfigure("second");
    // Three attempts inside a run; those of the update's own configure come first.
    world_.progress = [this](const Progress& progress) {
      if (progress.kind != Progress::Kind::kAppFinished || !progress.failed) return;
      world_.machine.Fail("web", "app.configure", MakeError(ErrorKind::kTransient, "busy"));
    };
    world_.Restart();
    EXPECT_TRUE(world_.Reconcile().HasFailures());
    world_.progress = {};
    world_.Restart();
    world_.machine.TakeCalls();
  }

  void PushConfigure(const std::string& text) {
    world_.PushFile("web/deployment/configure.sh",
                    MemoryFile("#!/bin/sh\n# " + text + "\n", EntryKind::kExecutable));
  }

  /// What was told of rollbacks that failed.
  std::vector<Event> Failures() {
    auto events = EngineWorld::Value(
        world_.store->ListEvents({.app = AppId{"default", "web"}, .source = ""}));
    std::erase_if(events, [](const Event& event) { return event.type != "app.rollback_failed"; });
    return events;
  }

  EngineWorld world_;
};

TEST_F(RepeatedTest, ARollbackThatFailsForNowIsTriedAgainAtItsTime) {
  FailUpdateAndRollback();
  EXPECT_EQ(world_.Record("web").owed_rollback, 1);
  ASSERT_TRUE(world_.Record("web").retry.has_value());
  EXPECT_EQ(world_.Record("web").retry->attempts, 1) << "of the rollback";
  world_.machine.Heal();

  const ReconcileReport early = world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  EXPECT_THAT(EngineWorld::Find(early, "web").reason, HasSubstr("attempt 2 is due at"));

  world_.clock().Advance(kLongerThanTheFirstDelay);
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  EXPECT_EQ(EngineWorld::Find(report, "web").diagnostics[0].summary, "a rollback is tried again");
  EXPECT_TRUE(EngineWorld::Find(report, "web").rolled_back);
  const AppRecord web = world_.Record("web");
  EXPECT_EQ(web.health, Health::kHealthy);
  EXPECT_EQ(web.current_snapshot, 1);
  EXPECT_EQ(web.owed_rollback, 0);
  EXPECT_FALSE(web.retry.has_value());
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
}

TEST_F(RepeatedTest, APersonNeedsNotWaitForARollback) {
  FailUpdateAndRollback();
  world_.machine.Heal();
  world_.ReconcileApp("web");
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
}

TEST_F(RepeatedTest, ARollbackThatCannotBePlannedIsTriedAgainAtItsTime) {
  world_.Push(world_.tree.WithTree(
      "web", EngineWorld::App("web", "environment: [{name: KEY, default: none}]\n")));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  world_.machine.Fail("web", "app.healthcheck", MakeError(ErrorKind::kInvalid, "not healthy"), 1);
  PushConfigure("second");
  world_.progress = [](const Progress& progress) {
    if (progress.kind == Progress::Kind::kAppFinished && progress.failed) throw WorldCrash{};
  };
  world_.Restart();
  EXPECT_THROW(static_cast<void>(world_.engine().Reconcile({}, {})), WorldCrash);
  world_.progress = {};
  world_.environment().environment["KEY"] = SecretRef{"/nowhere/to/be/found", ""};
  world_.Restart();
  world_.machine.TakeCalls();
  EXPECT_TRUE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").owed_rollback, 2);
  EXPECT_THAT(Failures(), testing::SizeIs(1));
  EXPECT_THAT(Failures().at(0).message, HasSubstr("cannot be planned: "));

  const int attempts = world_.Record("web").retry->attempts;
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").retry->attempts, attempts) << "before its time";
  world_.clock().Advance(kLongerThanTheFirstDelay * 2);
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").retry->attempts, attempts + 1);
  EXPECT_THAT(Failures(), testing::SizeIs(1)) << "told once";

  world_.environment().environment.clear();
  world_.Restart();
  world_.clock().Advance(std::chrono::minutes(10));
  EXPECT_TRUE(EngineWorld::Find(world_.Reconcile(), "web").rolled_back);
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  EXPECT_EQ(world_.Record("web").owed_rollback, 0);
}

TEST_F(RepeatedTest, ANewCommitTakesThePlaceOfARollbackThatIsOwed) {
  FailUpdateAndRollback();
  world_.machine.Heal();
  PushConfigure("third");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").owed_rollback, 0);
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(RepeatedTest, ARollbackThatNeverWorksWaitsForAPersonInTheEnd) {
  FailUpdateAndRollback();
  for (int attempt = 2; attempt <= 6; ++attempt) {
    EXPECT_EQ(world_.Record("web").owed_rollback, 1);
    EXPECT_EQ(world_.Record("web").retry->attempts, attempt - 1);
    world_.clock().Advance(std::chrono::minutes(10));
    const ReconcileReport report = world_.Reconcile();
    EXPECT_TRUE(EngineWorld::Find(report, "web").failed) << "attempt " << attempt;
    EXPECT_THAT(world_.machine.TakeSteps("web"),
                testing::ElementsAre("app.configure", "app.configure", "app.configure"));
  }
  const AppRecord web = world_.Record("web");
  EXPECT_EQ(web.owed_rollback, 0);
  EXPECT_THAT(web.reason, HasSubstr("tfgrid-compose rollback default/web --to 1"));
  world_.clock().Advance(std::chrono::minutes(10));
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
}

TEST_F(RepeatedTest, ARollbackThatAPersonAskedForIsOwedToo) {
  PushConfigure("second");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  world_.machine.Fail("web", "app.configure", MakeError(ErrorKind::kTransient, "busy"));
  RollbackRequest request;
  request.app = "web";
  EXPECT_TRUE(EngineWorld::Value(world_.engine().Rollback(request, {})).HasFailures());
  EXPECT_EQ(world_.Record("web").owed_rollback, 1);
  world_.machine.Heal();
  world_.machine.TakeCalls();
  world_.clock().Advance(kLongerThanTheFirstDelay);
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  EXPECT_EQ(world_.Record("web").current_snapshot, 1);
}

TEST_F(RepeatedTest, APruneThatFailsIsTriedAgainAtItsTime) {
  world_.environment().prune = true;
  world_.environment().max_prune_percent = 100;
  world_.Restart();
  world_.machine.Fail("web", "-infrastructure.host",
                      MakeError(ErrorKind::kTransient, "no capacity"));
  world_.Push(MemoryTree().WithTree("other", EngineWorld::App("other")));
  EXPECT_TRUE(world_.Reconcile().HasFailures());
  EXPECT_THAT(world_.machine.TakeSteps("web"), testing::Not(IsEmpty()));

  const ReconcileReport early = world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  EXPECT_THAT(EngineWorld::Find(early, "web").reason, HasSubstr("attempt 2 is due at"));

  world_.clock().Advance(kLongerThanTheFirstDelay);
  world_.machine.Heal();
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").id.name, "");
}

TEST_F(RepeatedTest, WhatAnAppThatStaysNeedsStaysToo) {
  const auto needs = [](const std::string& app) { return "depends_on: [" + app + "]\n"; };
  const MemoryTree last = MemoryTree().WithTree("top", EngineWorld::App("top", needs("middle")));
  world_.Push(last.WithTree("middle", EngineWorld::App("middle", needs("base")))
                  .WithTree("base", EngineWorld::App("base")));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  world_.environment().prune = true;
  world_.environment().max_prune_percent = 100;
  world_.Restart();
  world_.Push(last);
  const ReconcileReport report = world_.Reconcile();
  EXPECT_THAT(EngineWorld::Find(report, "middle").reason, HasSubstr("default/top depends on it"));
  EXPECT_THAT(EngineWorld::Find(report, "base").reason, HasSubstr("default/middle depends on it"));
  EXPECT_TRUE(world_.Record("base").has_recorded_steps);
}

TEST_F(RepeatedTest, ADeletedAppLeavesNoSnapshots) {
  EXPECT_EQ(world_.mirror.Snapshots("apps", "default").size(), 2U);
  world_.Push(MemoryTree().WithTree("other", EngineWorld::App("other")));
  ReconcileRequest request;
  request.prune = true;
  world_.Reconcile(request);
  const auto snapshots = world_.mirror.Snapshots("apps", "default");
  ASSERT_EQ(snapshots.size(), 1U);
  EXPECT_EQ(snapshots.begin()->first.first.name, "other");
}

TEST_F(RepeatedTest, SnapshotsThatCannotBeRemovedDoNotKeepTheApp) {
  world_.mirror.Fail("apps", "WriteSnapshots", MakeError(ErrorKind::kTransient, "disk is full"));
  world_.Push(MemoryTree().WithTree("other", EngineWorld::App("other")));
  ReconcileRequest request;
  request.prune = true;
  const ReconcileReport report = world_.Reconcile(request);
  EXPECT_EQ(world_.Record("web").id.name, "");
  ASSERT_FALSE(EngineWorld::Find(report, "web").diagnostics.empty());
  EXPECT_EQ(EngineWorld::Find(report, "web").diagnostics[0].summary,
            "snapshots of a deleted app stay");
}

}  // namespace
}  // namespace gitops

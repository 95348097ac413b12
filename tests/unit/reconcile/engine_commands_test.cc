// What a person asks of the engine: roll back, suspend, resume, take down, show.
#include "tests/unit/reconcile/engine_fixture.h"

namespace gitops {
namespace {

class EngineCommandsTest : public EngineFixture {};

TEST_F(EngineCommandsTest, RollbackStaysWhileAutoSyncIsOn) {
  Start();
  world_.PushFile("web/src/index.html", "v2");
  world_.Reconcile();
  world_.machine.TakeCalls();
  const ReconcileReport report = EngineWorld::Value(world_.engine().Rollback(To("web"), {}));
  EXPECT_FALSE(report.HasFailures());
  EXPECT_EQ(world_.Record("web").pinned_snapshot, 1);
  EXPECT_EQ(world_.machine.TakeSteps("web"),
            (Steps{"app.files", "app.setup", "app.configure", "app.healthcheck"}));

  const ReconcileReport next = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(next, "web").verdict, Verdict::kBlocked);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());

  EngineWorld::Value(world_.engine().Resume("web"));
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_EQ(world_.Record("web").current_snapshot, 3) << "each run that applies has its snapshot";
}

TEST_F(EngineCommandsTest, ADryRunOfARollbackChangesNothing) {
  Start();
  world_.PushFile("web/src/index.html", "v2");
  world_.Reconcile();
  world_.machine.TakeCalls();
  const AppRecord before = world_.Record("web");
  const ReconcileReport report =
      EngineWorld::Value(world_.engine().Rollback(To("web", std::nullopt, true), {}));
  EXPECT_EQ(report.apps.at(0).actions.size(), 4U);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.Record("web"), before);
}

TEST_F(EngineCommandsTest, ASuspendedAppIsLeftAloneUntilItIsResumed) {
  Start();
  EngineWorld::Value(world_.engine().Suspend("web", "maintenance"));
  world_.PushFile("web/src/index.html", "v2");
  const AppReport web = EngineWorld::Find(world_.Reconcile(), "web");
  EXPECT_EQ(web.verdict, Verdict::kBlocked);
  EXPECT_EQ(web.health, Health::kSuspended);
  EXPECT_NE(web.reason.find("maintenance"), std::string::npos);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EngineWorld::Value(world_.engine().Resume("web"));
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(EngineCommandsTest, ASourceThatIsNoLongerConfiguredLeavesItsAppsAndSaysSo) {
  Start();
  world_.config.sources.clear();
  const Diagnostics told = world_.Reconcile().diagnostics;
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].summary, "a source is no longer configured");
  EXPECT_EQ(told[0].detail, "its 2 apps run on, and nothing updates them");
  EXPECT_EQ(world_.Record("web").presence, Presence::kPresent);
}

TEST_F(EngineCommandsTest, AnOverviewIsTheStatusWithoutSnapshots) {
  Start();
  const StatusReport status = EngineWorld::Value(world_.engine().GetStatus(""));
  const StatusReport overview = EngineWorld::Value(world_.engine().Overview());
  ASSERT_EQ(status.apps.size(), 2U);
  ASSERT_EQ(overview.apps.size(), 2U);
  EXPECT_EQ(overview.sources.size(), status.sources.size());
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(overview.apps[i].record.id, status.apps[i].record.id);
    EXPECT_EQ(overview.apps[i].verdict, status.apps[i].verdict);
    EXPECT_EQ(status.apps[i].snapshots.size(), 1U);
    EXPECT_TRUE(overview.apps[i].snapshots.empty());
  }
}

TEST_F(EngineCommandsTest, ManualSyncPlansAndWaits) {
  world_.environment().sync = SyncPolicy::kManual;
  PushApps();
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kCreate);
  EXPECT_TRUE(report.HasPendingChanges());
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  world_.ReconcileApp("web");
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_NE(world_.Record("api").sync, SyncStatus::kSynced);
}

TEST_F(EngineCommandsTest, DownRemovesEverythingAndSuspendsWhatGitStillWants) {
  Start();
  const ReconcileReport report = EngineWorld::Value(world_.engine().Down("web", false, {}));
  EXPECT_FALSE(report.HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"-app.files", "-infrastructure.host"}));
  EXPECT_EQ(EngineWorld::Find(world_.Reconcile(), "web").verdict, Verdict::kBlocked);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EngineWorld::Value(world_.engine().Resume("web"));
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
}

TEST_F(EngineCommandsTest, DownRefusesWhileOthersDependOnIt) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                  .WithTree("z", EngineWorld::App("z")));
  world_.Reconcile();
  const auto report = world_.engine().Down("z", false, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kConflict);
}

TEST_F(EngineCommandsTest, AnUnknownNameNamesTheNearest) {
  Start();
  const auto report = world_.engine().Rollback(To("wep"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(report.error().primary().hint.find("web"), std::string::npos);
}

TEST_F(EngineCommandsTest, RollbackWithoutHistorySaysSo) {
  Start();
  const auto report = world_.engine().Rollback(To("web"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().primary().summary, "nothing to roll back to");
}

TEST_F(EngineCommandsTest, SnapshotsBeyondTheLimitGoAndTheNeededStay) {
  world_.config.limits.keep_snapshots = 3;
  Start();
  for (int i = 2; i <= 8; ++i) {
    world_.PushFile("web/src/index.html", "v" + std::to_string(i));
    world_.Reconcile();
  }
  const auto snapshots = EngineWorld::Value(world_.store->ListSnapshots({"default", "web"}));
  ASSERT_EQ(snapshots.size(), 3U);
  EXPECT_EQ(snapshots.front().number, 8);
  EngineWorld::Value(world_.engine().Rollback(To("web", 6), {}));
  EXPECT_EQ(world_.Record("web").current_snapshot, 6);
}

}  // namespace
}  // namespace gitops

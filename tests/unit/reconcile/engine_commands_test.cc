// What a person asks of the engine: roll back, suspend, resume, take down, show.
#include <gmock/gmock.h>

#include "tests/unit/reconcile/engine_fixture.h"

namespace gitops {
namespace {

class EngineCommandsTest : public EngineFixture {
 protected:
  /// The types of an app's events.
  std::vector<std::string> EventsOf(const std::string& app) {
    EventFilter filter;
    filter.app = AppId{"default", app};
    std::vector<std::string> types;
    for (const Event& event : EngineWorld::Value(world_.store->ListEvents(filter))) {
      types.push_back(event.type);
    }
    return types;
  }
};

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

TEST_F(EngineCommandsTest, ARollbackThatRevertsBringsGitBackTooAndIsAnEventOfTheApp) {
  Start();
  world_.PushFile("web/src/index.html", "v2");
  world_.Reconcile();
  RollbackRequest back = To("web");
  back.revert = true;
  const ReconcileReport report = EngineWorld::Value(world_.engine().Rollback(back, {}));
  ASSERT_EQ(report.diagnostics.size(), 1U);
  EXPECT_EQ(report.diagnostics[0].summary, "a revert commit was pushed");
  EXPECT_THAT(EventsOf("web"), testing::Contains("source.reverted"));
  EXPECT_THAT(EventsOf("api"), testing::Not(testing::Contains("source.reverted")));
  world_.machine.TakeCalls();
  EXPECT_EQ(world_.Reconcile().unchanged, 2U) << "Git says again what is there";
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
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

TEST_F(EngineCommandsTest, WhatAPersonDoesToAnAppIsAmongItsEvents) {
  Start();
  EngineWorld::Value(world_.engine().Suspend("web", "maintenance"));
  EngineWorld::Value(world_.engine().Resume("web"));
  EXPECT_THAT(EventsOf("web"), testing::IsSupersetOf({"app.suspended", "app.resumed"}));
}

TEST_F(EngineCommandsTest, ALogIsFoundWhereTheRunLeftOne) {
  Start();
  const TempDir logs;
  EngineParts parts = world_.Parts(world_.store.get());
  parts.run_log_path = [&](const AppId& app, RunId run) {
    return logs / (app.name + "-" + std::to_string(run) + ".log");
  };
  const auto engine = MakeEngine(parts);
  const RunId run = world_.Record("web").last_run;
  const std::string name = "web-" + std::to_string(run) + ".log";
  const auto missing = engine->LogFile("web", run);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  logs.Write(name, "line\n");
  EXPECT_EQ(EngineWorld::Value(engine->LogFile("web", run)), logs / name);
  EXPECT_EQ(EngineWorld::Value(engine->LogFile("web", 0)), logs / name) << "of the newest run";
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

TEST_F(EngineCommandsTest, AStatusSaysWhatTheLastLookFound) {
  const auto verdict = [&] {
    return EngineWorld::Value(world_.engine().GetStatus("web")).apps.at(0).verdict;
  };
  world_.environment().sync = SyncPolicy::kManual;
  PushApps();
  world_.Reconcile();
  EXPECT_EQ(verdict(), Verdict::kCreate);
  world_.ReconcileApp("web");
  EXPECT_EQ(verdict(), Verdict::kUnchanged);
  world_.PushFile("web/src/index.html", "v2");
  world_.Reconcile();
  EXPECT_EQ(verdict(), Verdict::kUpdate);
  EngineWorld::Value(world_.engine().Suspend("web", "maintenance"));
  EXPECT_EQ(verdict(), Verdict::kBlocked);
}

TEST_F(EngineCommandsTest, ADiffTellsWhatIsThereNowAndNotWhatWasFoundLast) {
  Start();
  AppRecord web = world_.Record("web");
  web.sync = SyncStatus::kOutOfSync;
  ASSERT_TRUE(world_.store->SaveApps({web}, {}));
  const ReconcileReport report = EngineWorld::Value(world_.engine().Diff("web"));
  EXPECT_EQ(report.unchanged, 1U);
  EXPECT_EQ(report.apps.at(0).verdict, Verdict::kUnchanged);
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

TEST_F(EngineCommandsTest, AnAppThatIsNamedBeforeItWasEverSeenIsLookedFor) {
  PushApps();
  world_.ReconcileApp("web");
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_NE(world_.Record("api").sync, SyncStatus::kSynced);
  ReconcileRequest request;
  request.apps = {"wep"};
  const auto report = world_.engine().Reconcile(request, {});
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

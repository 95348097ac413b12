// The whole engine on fakes: what a commit makes happen, and what it does not.
#include "engine/reconcile/engine.h"

#include <gtest/gtest.h>

#include "differ/describe.h"
#include "tests/support/engine_world.h"

namespace gitops {
namespace {

using Steps = std::vector<std::string>;

const MemoryFile kHook2("#!/bin/sh\n# second\nexit 0\n", EntryKind::kExecutable);

class EngineTest : public testing::Test {
 protected:
  void PushApps() {
    world_.Push(MemoryTree()
                    .WithTree("web", EngineWorld::App("web"))
                    .WithTree("api", EngineWorld::App("api")));
  }
  void Start() {
    PushApps();
    world_.Reconcile();
    world_.machine.TakeCalls();
  }
  static RollbackRequest To(const std::string& app, std::optional<int> number = std::nullopt,
                            bool dry_run = false) {
    RollbackRequest request;
    request.app = app;
    request.to = number;
    request.dry_run = dry_run;
    return request;
  }
  static Error Failure(ErrorKind kind = ErrorKind::kInvalid) {
    return MakeError(kind, "a hook failed", "exit code 3");
  }
  EngineWorld world_;
};

TEST_F(EngineTest, AFirstPassCreatesEveryAppInTheOrderOfItsPhases) {
  PushApps();
  const ReconcileReport report = world_.Reconcile();
  EXPECT_FALSE(report.HasFailures());
  EXPECT_EQ(report.Summarise().create, 2U);
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"infrastructure.host", "app.files", "app.setup",
                                                    "app.configure", "app.healthcheck"}));
  const AppRecord web = world_.Record("web");
  EXPECT_EQ(web.sync, SyncStatus::kSynced);
  EXPECT_EQ(web.health, Health::kHealthy);
  EXPECT_EQ(web.current_snapshot, 1);
}

TEST_F(EngineTest, ADryRunKeepsTheViewOfAnAppInPlaceOfItsPlan) {
  world_.Push(MemoryTree()
                  .WithTree("web", EngineWorld::App("web"))
                  .WithTree("api", EngineWorld::App("api", "depends_on: [gone]\n")));
  ReconcileRequest request;
  request.dry_run = true;
  const ReconcileReport whole = world_.Reconcile(request);
  request.view = [](const AppReport& app) {
    return app.app.name + " has " + std::to_string(app.actions.size()) + " actions";
  };
  const ReconcileReport viewed = world_.Reconcile(request);
  const AppReport web = EngineWorld::Find(viewed, "web");
  ASSERT_NE(web.view, nullptr);
  EXPECT_EQ(web.view->text, "web has 5 actions");
  EXPECT_EQ(web.view->guarded, CountActions(EngineWorld::Find(whole, "web").actions).guarded);
  EXPECT_TRUE(web.actions.empty());
  EXPECT_TRUE(web.changes.empty());
  EXPECT_EQ(web.verdict, Verdict::kCreate);
  // What it was blocked by was found out after its plan was told.
  const AppReport api = EngineWorld::Find(viewed, "api");
  EXPECT_EQ(api.view, nullptr);
  EXPECT_EQ(api.verdict, Verdict::kBlocked);
  EXPECT_EQ(viewed.Summarise().actions, whole.Summarise().actions);
  EXPECT_TRUE(viewed.HasPendingChanges());
}

TEST_F(EngineTest, APassThatAppliesMakesNoViews) {
  PushApps();
  ReconcileRequest request;
  request.view = [](const AppReport&) { return std::string("view"); };
  const ReconcileReport report = world_.Reconcile(request);
  EXPECT_EQ(EngineWorld::Find(report, "web").view, nullptr);
  EXPECT_EQ(EngineWorld::Find(report, "web").actions.size(), 5U);
}

TEST_F(EngineTest, ASecondPassDoesNothing) {
  Start();
  const auto rows = world_.store.counters().rows_written.load();
  const ReconcileReport report = world_.Reconcile();
  EXPECT_TRUE(report.apps.empty());
  EXPECT_EQ(report.unchanged, 2U);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.store.counters().rows_written.load(), rows);
}

TEST_F(EngineTest, AFullPassFindsARecordThatIsOutOfDate) {
  Start();
  // As after a restored backup: the source's commit is known, what it holds is not.
  AppRecord web = world_.Record("web");
  const ObjectId tree = web.tree;
  web.tree = world_.Record("api").tree;
  ASSERT_TRUE(world_.store->SaveApps({web}, {}));
  world_.Reconcile();
  EXPECT_NE(world_.Record("web").tree, tree) << "no commit changed it";
  ReconcileRequest full;
  full.full = true;
  const ReconcileReport report = world_.Reconcile(full);
  EXPECT_EQ(report.unchanged, 2U);
  EXPECT_EQ(world_.Record("web").tree, tree);
  EXPECT_TRUE(world_.machine.TakeCalls().empty()) << "the steps are as they were";
}

TEST_F(EngineTest, AFullPassFindsWhatCameAndWhatIsGone) {
  Start();
  AppRecord web = world_.Record("web");
  web.directory = "elsewhere";
  ASSERT_TRUE(world_.store->SaveApps({web}, {}));
  ASSERT_TRUE(world_.store->ForgetApp(world_.Record("api").id, {}));
  ReconcileRequest full;
  full.full = true;
  const ReconcileReport report = world_.Reconcile(full);
  EXPECT_EQ(EngineWorld::Find(report, "api").verdict, Verdict::kCreate);
  EXPECT_EQ(world_.Record("web").directory, "web");
  EXPECT_EQ(world_.Record("web").presence, Presence::kPresent);
  const auto rows = world_.store.counters().rows_written.load();
  world_.Reconcile(full);
  EXPECT_EQ(world_.store.counters().rows_written.load(), rows) << "then it writes nothing";
}

TEST_F(EngineTest, ADryRunShowsThePlanAndChangesNothing) {
  PushApps();
  const auto rows = world_.store.counters().rows_written.load();
  const ReconcileReport report = world_.DryRun();
  EXPECT_EQ(EngineWorld::Find(report, "web").actions.size(), 5U);
  EXPECT_TRUE(report.HasPendingChanges());
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.store.counters().rows_written.load(), rows);
}

TEST_F(EngineTest, OnlyWhatIsAffectedRuns) {
  Start();
  world_.PushFile("web/deployment/configure.sh", kHook2);
  world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));

  world_.PushFile("web/deployment/healthcheck.sh", kHook2);
  world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.healthcheck"}));

  world_.PushFile("web/src/index.html", "new");
  world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"),
            (Steps{"app.files", "app.setup", "app.configure", "app.healthcheck"}));

  world_.PushFile("web/tfgrid-compose.yaml",
                  "# a comment\nname: web\nversion: 1.0.0\ndescription: text\npattern: vm\n");
  const ReconcileReport report = world_.Reconcile();
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_FALSE(report.HasFailures());
}

TEST_F(EngineTest, AChangedVariableUpdatesTheHostAndSkipsWhatDidNotChange) {
  Start();
  world_.PushFile("web/tfgrid-compose.yaml",
                  "name: web\nversion: 1.0.0\npattern: vm\nresources: {memory: 2048}\n");
  const ReconcileReport report = world_.Reconcile();
  // The host kept its identity, so the guarded steps were skipped; health is checked all the same.
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"infrastructure.host", "app.healthcheck"}));
  const AppReport web = EngineWorld::Find(report, "web");
  ASSERT_FALSE(web.changes.empty());
  EXPECT_EQ(web.changes[0].path, "variables.memory");
  EXPECT_EQ(web.changes[0].from, std::optional<std::string>("1024"));
  EXPECT_EQ(web.changes[0].to, std::optional<std::string>("2048"));
}

TEST_F(EngineTest, ACommitElsewhereTouchesNothing) {
  Start();
  world_.PushFile("README.md", "hello");
  const auto parsed = world_.counters().manifests_parsed.load();
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(report.unchanged, 2U);
  EXPECT_EQ(world_.counters().manifests_parsed.load(), parsed);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
}

TEST_F(EngineTest, AFailedUpdateIsRolledBackAndNotTriedAgain) {
  Start();
  world_.machine.Fail("web", "app.healthcheck", Failure(), 1);
  world_.PushFile("web/deployment/configure.sh", kHook2);
  const ReconcileReport report = world_.Reconcile();
  const AppReport web = EngineWorld::Find(report, "web");
  EXPECT_TRUE(web.failed);
  EXPECT_TRUE(web.rolled_back);
  EXPECT_TRUE(report.HasFailures());
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
  EXPECT_EQ(world_.Record("web").current_snapshot, 1);
  EXPECT_EQ(world_.machine.TakeSteps("web"),
            (Steps{"app.configure", "app.healthcheck", "app.configure", "app.healthcheck"}));

  const ReconcileReport again = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(again, "web").verdict, Verdict::kBlocked);
  EXPECT_FALSE(again.HasFailures()) << "a rejected state is a decision, not a failure";
  EXPECT_TRUE(world_.machine.TakeCalls().empty());

  world_.PushFile("web/deployment/configure.sh",
                  MemoryFile("#!/bin/sh\n# third\n", EntryKind::kExecutable));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_EQ(world_.Record("web").pinned_snapshot, 0);
}

TEST_F(EngineTest, AFailedFirstCreateIsHeldUntilItChangesOrSomebodyAsks) {
  PushApps();
  world_.machine.Fail("web", "app.setup", Failure());
  const ReconcileReport report = world_.Reconcile();
  EXPECT_TRUE(EngineWorld::Find(report, "web").failed);
  EXPECT_FALSE(EngineWorld::Find(report, "api").failed);
  EXPECT_EQ(world_.Record("web").health, Health::kDegraded);
  world_.machine.TakeCalls();

  world_.Reconcile();
  EXPECT_TRUE(world_.machine.TakeCalls().empty()) << "parked";

  world_.machine.Heal();
  EXPECT_FALSE(world_.ReconcileApp("web").HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"),
            (Steps{"app.setup", "app.configure", "app.healthcheck"}));
}

TEST_F(EngineTest, ATransientFailureIsTriedAgainAtOnceWithBackoff) {
  PushApps();
  world_.machine.Fail("web", "app.setup", Failure(ErrorKind::kTransient), 2);
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
  EXPECT_EQ(world_.clock().Sleeps().size(), 2U);
}

TEST_F(EngineTest, RollbackStaysWhileAutoSyncIsOn) {
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

TEST_F(EngineTest, ADryRunOfARollbackChangesNothing) {
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

TEST_F(EngineTest, AVanishedManifestOrphansAndPruneDeletes) {
  Start();
  world_.Push(world_.tree.Without("web"));
  EXPECT_EQ(EngineWorld::Find(world_.Reconcile(), "web").verdict, Verdict::kOrphaned);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  world_.environment().prune = true;
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kDelete);
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"-app.files", "-infrastructure.host"}));
  EXPECT_TRUE(world_.Record("web").id.name.empty());
  EXPECT_EQ(world_.Reconcile().unchanged, 1U);
}

TEST_F(EngineTest, AnOrphanStaysWhileAnotherAppDependsOnIt) {
  world_.environment().prune = true;
  const MemoryTree both = MemoryTree()
                              .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                              .WithTree("z", EngineWorld::App("z"));
  world_.Push(both);
  world_.Reconcile();
  world_.machine.TakeCalls();
  world_.Push(both.Without("z"));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "z").verdict, Verdict::kOrphaned);
  EXPECT_NE(EngineWorld::Find(report, "z").reason.find("default/a depends on it"),
            std::string::npos);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());

  world_.environment().max_prune_percent = 100;
  world_.Push(MemoryTree({{"README.md", "both are gone"}}));
  world_.Reconcile();
  const auto calls = world_.machine.TakeCalls();
  ASSERT_EQ(calls.size(), 4U);
  EXPECT_EQ(calls.front().app, "a");
  EXPECT_EQ(calls.back().app, "z");
}

TEST_F(EngineTest, AMovedAppIsTheSameApp) {
  Start();
  world_.Push(world_.tree.Without("web").WithTree("sites/web", EngineWorld::App("web")));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_FALSE(report.HasFailures());
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.Record("web").directory, "sites/web");
}

TEST_F(EngineTest, ASourceThatCannotBeReadKeepsTheLastGoodState) {
  Start();
  world_.mirror.Fail("apps", "Fetch", MakeError(ErrorKind::kTransient, "no answer"));
  const ReconcileReport report = world_.Reconcile();
  ASSERT_EQ(report.sources.size(), 1U);
  EXPECT_TRUE(report.sources[0].error.has_value());
  EXPECT_EQ(report.unchanged, 2U);
  world_.mirror.Heal("apps");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
}

TEST_F(EngineTest, AnEmptiedRepositoryDeletesNothing) {
  Start();
  world_.environment().prune = true;
  world_.Push(MemoryTree({{"README.md", "empty"}}));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kOrphaned);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
}

TEST_F(EngineTest, OneBrokenManifestDoesNotStopTheOthers) {
  Start();
  world_.Push(world_.tree.With("web/tfgrid-compose.yaml", "name: web\npattren: vm\n")
                  .With("api/src/index.html", "v2"));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kInvalid);
  EXPECT_EQ(EngineWorld::Find(report, "api").verdict, Verdict::kUpdate);
  EXPECT_TRUE(report.HasFailures());
  const AppRecord web = world_.Record("web");
  EXPECT_EQ(web.presence, Presence::kInvalid);
  EXPECT_EQ(web.health, Health::kHealthy) << "what runs, runs on";
  world_.PushFile("web/tfgrid-compose.yaml", "name: web\nversion: 1.0.0\npattern: vm\n");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(EngineTest, TwoManifestsOfOneNameAreBothRefusedUntilOneGoes) {
  Start();
  world_.Push(world_.tree.WithTree("copy", EngineWorld::App("web")));
  const ReconcileReport report = world_.Reconcile();
  const AppReport web = EngineWorld::Find(report, "web");
  EXPECT_EQ(web.verdict, Verdict::kInvalid);
  ASSERT_FALSE(web.diagnostics.empty());
  EXPECT_NE(web.diagnostics[0].detail.find("copy/tfgrid-compose.yaml"), std::string::npos);
  EXPECT_NE(web.diagnostics[0].detail.find("web/tfgrid-compose.yaml"), std::string::npos);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(EngineWorld::Find(world_.Reconcile(), "web").verdict, Verdict::kInvalid);
  world_.Push(world_.tree.Without("copy"));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(EngineTest, AppsComeUpAfterTheOnesTheyDependOn) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                  .WithTree("z", EngineWorld::App("z")));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  const auto calls = world_.machine.TakeCalls();
  ASSERT_EQ(calls.size(), 10U);
  EXPECT_EQ(calls.front().app, "z");
  EXPECT_EQ(calls.back().app, "a");
}

TEST_F(EngineTest, AFailedDependencyBlocksWhatDependsOnIt) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                  .WithTree("z", EngineWorld::App("z")));
  world_.machine.Fail("z", "app.setup", Failure(), 1);
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "a").verdict, Verdict::kBlocked);
  EXPECT_NE(EngineWorld::Find(report, "a").reason.find("default/z"), std::string::npos);
  EXPECT_TRUE(world_.machine.TakeSteps("a").empty());
  world_.ReconcileApp("z");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("a").health, Health::kHealthy);
}

TEST_F(EngineTest, WaitingForAnOrphanThatDoesNotRunWritesNothing) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                  .WithTree("z", EngineWorld::App("z")));
  world_.machine.Fail("z", "app.setup", Failure());
  world_.Reconcile();
  world_.Push(world_.tree.Without("z"));
  EXPECT_EQ(EngineWorld::Find(world_.Reconcile(), "a").verdict, Verdict::kBlocked);
  world_.Reconcile();  // Its reason now says what became of the orphan.
  const auto rows = world_.store.counters().rows_written.load();
  EXPECT_EQ(EngineWorld::Find(world_.Reconcile(), "a").verdict, Verdict::kBlocked);
  EXPECT_EQ(world_.store.counters().rows_written.load(), rows);
}

TEST_F(EngineTest, ACycleOfAppsIsInvalidAndTold) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [b]\n"))
                  .WithTree("b", EngineWorld::App("b", "depends_on: [a]\n"))
                  .WithTree("c", EngineWorld::App("c")));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "a").verdict, Verdict::kInvalid);
  ASSERT_FALSE(EngineWorld::Find(report, "a").diagnostics.empty());
  EXPECT_EQ(EngineWorld::Find(report, "a").diagnostics[0].detail, "a -> b -> a");
  EXPECT_EQ(world_.Record("c").health, Health::kHealthy);
}

TEST_F(EngineTest, AnUnknownDependencyBlocks) {
  world_.Push(MemoryTree().WithTree("a", EngineWorld::App("a", "depends_on: [nowhere]\n")));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "a").verdict, Verdict::kBlocked);
  EXPECT_TRUE(report.HasFailures());
}

TEST_F(EngineTest, ASuspendedAppIsLeftAloneUntilItIsResumed) {
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

TEST_F(EngineTest, AnOverviewIsTheStatusWithoutSnapshots) {
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

TEST_F(EngineTest, ManualSyncPlansAndWaits) {
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

TEST_F(EngineTest, ARequiredVariableWithoutAValueBlocksAndSaysWhereToSetIt) {
  world_.Push(MemoryTree().WithTree(
      "web", EngineWorld::App("web", "environment:\n  - {name: DOMAIN, required: true}\n")));
  const ReconcileReport report = world_.Reconcile();
  const AppReport web = EngineWorld::Find(report, "web");
  EXPECT_EQ(web.verdict, Verdict::kBlocked);
  EXPECT_TRUE(report.HasFailures());
  ASSERT_FALSE(web.diagnostics.empty());
  EXPECT_NE(web.diagnostics[0].hint.find("DOMAIN"), std::string::npos);
  world_.environment().environment["DOMAIN"] = "example.org";
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.machine.LastValue("web", "DOMAIN"), "example.org");
  world_.machine.TakeCalls();
  world_.environment().environment["DOMAIN"] = "example.com";
  world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
}

TEST_F(EngineTest, AnUpgradedPatternPlansWithItsReason) {
  Start();
  world_.WritePattern("vm",
                      "apiVersion: tfgrid-compose/v1\nname: vm\nversion: \"1.1.0\"\n"
                      "description: For tests\nvariables:\n"
                      "  memory: {type: integer, unit: MB, default: 2048, min: 64,"
                      " from: [resources.memory.recommended, resources.memory],"
                      " phases: [infrastructure]}\n"
                      "providers:\n  local:\n    infrastructure: {driver: local}\n");
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kUpdate);
  EXPECT_EQ(EngineWorld::Find(report, "web").changes.at(0).path, "variables.memory");
}

TEST_F(EngineTest, AStepThatNoDriverCanDoBlocksBeforeAnythingRuns) {
  world_.WritePattern("vm",
                      "apiVersion: tfgrid-compose/v1\nname: vm\nversion: \"1.0.0\"\n"
                      "description: For tests\n"
                      "providers:\n  local:\n    infrastructure: {driver: teleport}\n");
  PushApps();
  const AppReport web = EngineWorld::Find(world_.Reconcile(), "web");
  EXPECT_EQ(web.verdict, Verdict::kBlocked);
  ASSERT_FALSE(web.diagnostics.empty());
  EXPECT_NE(web.diagnostics[0].detail.find("teleport"), std::string::npos);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
}

TEST_F(EngineTest, ACrashAnywhereIsTakenUpByTheNextPass) {
  const Steps steps = {"infrastructure.host", "app.files", "app.setup", "app.configure",
                       "app.healthcheck"};
  for (const std::string& step : steps) {
    for (const bool after : {false, true}) {
      EngineWorld world;
      world.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
      world.machine.CrashAt("web", step, after);
      EXPECT_THROW(static_cast<void>(world.engine().Reconcile({}, {})), WorldCrash);
      world.Restart();
      const ReconcileReport report = world.Reconcile();
      EXPECT_FALSE(report.HasFailures()) << step << (after ? " after" : " before");
      EXPECT_EQ(world.Record("web").sync, SyncStatus::kSynced) << step;
      EXPECT_EQ(world.Record("web").health, Health::kHealthy) << step;
      world.machine.TakeCalls();
      world.Reconcile();
      EXPECT_TRUE(world.machine.TakeCalls().empty()) << step;
      EXPECT_TRUE(EngineWorld::Value(world.store->UnfinishedRuns()).empty());
    }
  }
}

TEST_F(EngineTest, DownRemovesEverythingAndSuspendsWhatGitStillWants) {
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

TEST_F(EngineTest, DownRefusesWhileOthersDependOnIt) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                  .WithTree("z", EngineWorld::App("z")));
  world_.Reconcile();
  const auto report = world_.engine().Down("z", false, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kConflict);
}

TEST_F(EngineTest, AnUnknownNameNamesTheNearest) {
  Start();
  const auto report = world_.engine().Rollback(To("wep"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(report.error().primary().hint.find("web"), std::string::npos);
}

TEST_F(EngineTest, RollbackWithoutHistorySaysSo) {
  Start();
  const auto report = world_.engine().Rollback(To("web"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().primary().summary, "nothing to roll back to");
}

TEST_F(EngineTest, SnapshotsBeyondTheLimitGoAndTheNeededStay) {
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

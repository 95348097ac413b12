// The whole engine on fakes: what a commit makes happen, and what it does not.
#include "engine/reconcile/engine.h"

#include "differ/describe.h"
#include "tests/unit/reconcile/engine_fixture.h"

namespace gitops {
namespace {

class EngineTest : public EngineFixture {};

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
  world_.PushFile("web/deployment/configure.sh", SecondHook());
  world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));

  world_.PushFile("web/deployment/healthcheck.sh", SecondHook());
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

}  // namespace
}  // namespace gitops

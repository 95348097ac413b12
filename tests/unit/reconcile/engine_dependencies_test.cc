// Apps that vanish, move, and need one another.
#include "tests/unit/reconcile/engine_fixture.h"

namespace gitops {
namespace {

class EngineDependenciesTest : public EngineFixture {};

TEST_F(EngineDependenciesTest, AVanishedManifestOrphansAndPruneDeletes) {
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

TEST_F(EngineDependenciesTest, AnOrphanStaysWhileAnotherAppDependsOnIt) {
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

TEST_F(EngineDependenciesTest, ADeletionThatFailsHoldsUpNoneThatHasNothingToDoWithIt) {
  Start();
  world_.environment().prune = true;
  world_.environment().max_prune_percent = 100;
  world_.machine.Fail("api", "-app.files", Failure());
  world_.Push(MemoryTree({{"README.md", "both are gone"}}));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_TRUE(EngineWorld::Find(report, "api").failed);
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kDelete);
  EXPECT_TRUE(world_.Record("web").id.name.empty());
}

TEST_F(EngineDependenciesTest, AMovedAppIsTheSameApp) {
  Start();
  world_.Push(world_.tree.Without("web").WithTree("sites/web", EngineWorld::App("web")));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_FALSE(report.HasFailures());
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.Record("web").directory, "sites/web");
}

TEST_F(EngineDependenciesTest, AnEmptiedRepositoryDeletesNothing) {
  Start();
  world_.environment().prune = true;
  world_.Push(MemoryTree({{"README.md", "empty"}}));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "web").verdict, Verdict::kOrphaned);
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
}

TEST_F(EngineDependenciesTest, AppsComeUpAfterTheOnesTheyDependOn) {
  world_.Push(MemoryTree()
                  .WithTree("a", EngineWorld::App("a", "depends_on: [z]\n"))
                  .WithTree("z", EngineWorld::App("z")));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  const auto calls = world_.machine.TakeCalls();
  ASSERT_EQ(calls.size(), 10U);
  EXPECT_EQ(calls.front().app, "z");
  EXPECT_EQ(calls.back().app, "a");
}

TEST_F(EngineDependenciesTest, AFailedDependencyBlocksWhatDependsOnIt) {
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

TEST_F(EngineDependenciesTest, WaitingForAnOrphanThatDoesNotRunWritesNothing) {
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

TEST_F(EngineDependenciesTest, ACycleOfAppsIsInvalidAndTold) {
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

TEST_F(EngineDependenciesTest, ACycleOfAppsThatRunIsToldInEveryPassUntilItIsGone) {
  const MemoryTree apart = MemoryTree()
                               .WithTree("a", EngineWorld::App("a", "depends_on: [b]\n"))
                               .WithTree("b", EngineWorld::App("b"));
  world_.Push(apart);
  world_.Reconcile();
  world_.machine.TakeCalls();
  world_.Push(apart.WithTree("b", EngineWorld::App("b", "depends_on: [a]\n")));
  for (int pass = 0; pass < 2; ++pass) {
    const ReconcileReport report = world_.Reconcile();
    EXPECT_EQ(EngineWorld::Find(report, "b").verdict, Verdict::kInvalid) << pass;
  }
  world_.Push(apart);
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(report.unchanged, 2U);
  EXPECT_FALSE(report.HasFailures());
  EXPECT_TRUE(world_.machine.TakeCalls().empty()) << "the steps are as they were";
}

TEST_F(EngineDependenciesTest, AnUnknownDependencyBlocks) {
  world_.Push(MemoryTree().WithTree("a", EngineWorld::App("a", "depends_on: [nowhere]\n")));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(EngineWorld::Find(report, "a").verdict, Verdict::kBlocked);
  EXPECT_TRUE(report.HasFailures());
}

}  // namespace
}  // namespace gitops

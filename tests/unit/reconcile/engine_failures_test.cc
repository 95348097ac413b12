// What fails: hooks, sources, manifests, the engine itself; what goes on all the same.
#include <gmock/gmock.h>

#include "tests/support/faulty_store.h"
#include "tests/unit/reconcile/engine_fixture.h"

namespace gitops {
namespace {

class EngineFailuresTest : public EngineFixture {
 protected:
  SourceRecord SourceRecordOf(const std::string& name) {
    for (const SourceRecord& source : EngineWorld::Value(world_.store->LoadSources())) {
      if (source.name == name) return source;
    }
    return {};
  }
};

TEST_F(EngineFailuresTest, AFailedUpdateIsRolledBackAndNotTriedAgain) {
  Start();
  world_.machine.Fail("web", "app.healthcheck", Failure(), 1);
  world_.PushFile("web/deployment/configure.sh", SecondHook());
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

TEST_F(EngineFailuresTest, AFailedFirstCreateIsHeldUntilItChangesOrSomebodyAsks) {
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

TEST_F(EngineFailuresTest, ATransientFailureIsTriedAgainAtOnceWithBackoff) {
  PushApps();
  world_.machine.Fail("web", "app.setup", Failure(ErrorKind::kTransient), 2);
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
  EXPECT_EQ(world_.clock().Sleeps().size(), 2U);
}

TEST_F(EngineFailuresTest, ASourceThatCannotBeReadKeepsTheLastGoodState) {
  Start();
  world_.mirror.Fail("apps", "Fetch", MakeError(ErrorKind::kTransient, "no answer"));
  const ReconcileReport report = world_.Reconcile();
  ASSERT_EQ(report.sources.size(), 1U);
  EXPECT_TRUE(report.sources[0].error.has_value());
  EXPECT_EQ(report.unchanged, 2U);
  world_.Reconcile();
  ASSERT_TRUE(SourceRecordOf("apps").error);
  EXPECT_EQ(SourceRecordOf("apps").error->primary().summary, "no answer");
  world_.mirror.Heal("apps");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_FALSE(SourceRecordOf("apps").error);
  EventFilter filter;
  filter.source = "apps";
  std::vector<std::string> types;
  for (const Event& event : EngineWorld::Value(world_.store->ListEvents(filter))) {
    if (event.type.starts_with("source.")) types.push_back(event.type);
  }
  EXPECT_THAT(types, testing::ElementsAre("source.updated", "source.failed", "source.recovered"))
      << "a failure that goes on is told once";
}

TEST_F(EngineFailuresTest, AStoreThatFailsEndsThePassAndIsSaid) {
  PushApps();
  FaultyStore faulty(world_.store.get(), [](const std::string& call, FaultyStore::Moment) {
    return call == "BeginRun" ? Status(MakeError(ErrorKind::kTransient, "the disk is full"))
                              : Status();
  });
  const auto engine = MakeEngine(world_.Parts(faulty));
  const auto report = engine->Reconcile({}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().primary().summary, "the disk is full");
  EXPECT_TRUE(world_.machine.TakeCalls().empty()) << "nothing is done that is not written down";
}

TEST_F(EngineFailuresTest, OneBrokenManifestDoesNotStopTheOthers) {
  Start();
  world_.Push(world_.tree.With("web/tfgrid-compose.yaml", "name: web\npattren: vm\n")
                  .With("api/src/index.html", "v2"));
  const auto parsed = world_.counters().manifests_parsed.load();
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(world_.counters().manifests_parsed.load() - parsed, 2U) << "each once";
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

TEST_F(EngineFailuresTest, TwoManifestsOfOneNameAreBothRefusedUntilOneGoes) {
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

TEST_F(EngineFailuresTest, ARequiredVariableWithoutAValueBlocksAndSaysWhereToSetIt) {
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

TEST_F(EngineFailuresTest, AStepThatNoDriverCanDoBlocksBeforeAnythingRuns) {
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

TEST_F(EngineFailuresTest, ACrashAnywhereIsTakenUpByTheNextPass) {
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

}  // namespace
}  // namespace gitops

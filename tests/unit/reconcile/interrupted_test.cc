// What the next command does after an engine that ended at a bad moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/reconcile/recovery.h"
#include "tests/support/engine_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Steps = std::vector<std::string>;

class InterruptedTest : public testing::Test {
 protected:
  InterruptedTest() {
    world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
    EXPECT_FALSE(world_.Reconcile().HasFailures());
    world_.machine.TakeCalls();
  }

  /// An update of "web" fails, and the engine ends before its rollback begins.
  void EndBetweenFailureAndRollback() {
    world_.progress = [](const Progress& progress) {
      if (progress.kind == Progress::Kind::kAppFinished && progress.failed) throw WorldCrash{};
    };
    world_.Restart();
    world_.machine.Fail(
        "web", "app.healthcheck",
        MakeError(ErrorKind::kInvalid, "the app is not healthy", "port 80 is closed"), 1);
    world_.PushFile("web/deployment/configure.sh",
                    MemoryFile("#!/bin/sh\n# second\n", EntryKind::kExecutable));
    EXPECT_THROW(static_cast<void>(world_.engine().Reconcile({}, {})), WorldCrash);
    world_.machine.TakeCalls();
    world_.progress = {};
    world_.Restart();
  }

  /// An update of "web" ends with the engine, in or after the given step.
  void EndDuring(const std::string& step) {
    world_.machine.CrashAt("web", step, true);
    world_.PushFile("web/deployment/configure.sh",
                    MemoryFile("#!/bin/sh\n# second\n", EntryKind::kExecutable));
    EXPECT_THROW(static_cast<void>(world_.engine().Reconcile({}, {})), WorldCrash);
    world_.machine.TakeCalls();
    world_.Restart();
  }

  /// A person suspends "web" a second later.
  void Suspend() {
    world_.clock().Advance(std::chrono::seconds(1));
    EngineWorld::Value(world_.engine().Suspend("web", "hands off"));
  }

  /// Its manifest goes from Git.
  void Orphan() { world_.Push(MemoryTree().WithTree("other", EngineWorld::App("other"))); }

  std::size_t SnapshotsInTheMirror(const std::string& app) {
    std::size_t count = 0;
    for (const auto& [key, trees] : world_.mirror.Snapshots("apps", "default")) {
      count += key.first.name == app ? 1 : 0;
    }
    return count;
  }

  EngineWorld world_;
};

TEST_F(InterruptedTest, ARollbackThatHadNotBegunIsCarriedOut) {
  EndBetweenFailureAndRollback();
  EXPECT_EQ(world_.Record("web").owed_rollback, 1);
  const ReconcileReport report = world_.Reconcile();
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  const AppRecord web = world_.Record("web");
  EXPECT_EQ(web.health, Health::kHealthy);
  EXPECT_EQ(web.current_snapshot, 1);
  EXPECT_EQ(web.owed_rollback, 0);
  ASSERT_FALSE(EngineWorld::Find(report, "web").diagnostics.empty());
  EXPECT_EQ(EngineWorld::Find(report, "web").diagnostics[0].summary,
            "an interrupted rollback was taken up");
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
}

TEST_F(InterruptedTest, ADryRunTellsOfARollbackThatIsOwed) {
  EndBetweenFailureAndRollback();
  const ReconcileReport report = world_.DryRun();
  ASSERT_EQ(report.diagnostics.size(), 1U);
  EXPECT_EQ(report.diagnostics[0].summary, "a rollback is owed");
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  EXPECT_EQ(world_.Record("web").owed_rollback, 1);
}

TEST_F(InterruptedTest, ASuspendedAppsRollbackWaitsAndResumeForgetsIt) {
  EndBetweenFailureAndRollback();
  EngineWorld::Value(world_.engine().Suspend("web", "hands off"));
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  EngineWorld::Value(world_.engine().Resume("web"));
  EXPECT_EQ(world_.Record("web").owed_rollback, 0);
}

TEST_F(InterruptedTest, AnAppThatIsSuspendedAfterACrashIsNotTouched) {
  EndDuring("app.configure");
  Suspend();
  const ReconcileReport report = world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  EXPECT_THAT(EngineWorld::Find(report, "web").diagnostics[0].detail, HasSubstr("was held"));
  EXPECT_THAT(EngineWorld::Value(world_.store->UnfinishedRuns()), IsEmpty());
  const AppRecord held = world_.Record("web");
  EXPECT_EQ(held.owed_rollback, 0);
  EXPECT_THAT(held.rejected, IsEmpty()) << "nothing is wrong with the commit";
  EXPECT_EQ(EngineWorld::Value(world_.store->LoadRun(held.last_run))->status,
            RunStatus::kCancelled);
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());

  EngineWorld::Value(world_.engine().Resume("web"));
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
}

TEST_F(InterruptedTest, AFailureOfASuspendedAppIsNotRolledBackOnRecovery) {
  // The failure is in the journal and the run's end is not, as an earlier engine may have left it.
  world_.progress = [](const Progress& progress) {
    if (progress.kind == Progress::Kind::kActionFinished && progress.failed) throw WorldCrash{};
  };
  world_.Restart();
  world_.machine.Fail("web", "app.healthcheck", MakeError(ErrorKind::kInvalid, "broken"));
  world_.PushFile("web/deployment/configure.sh",
                  MemoryFile("#!/bin/sh\n# second\n", EntryKind::kExecutable));
  EXPECT_THROW(static_cast<void>(world_.engine().Reconcile({}, {})), WorldCrash);
  world_.progress = {};
  world_.Restart();
  const gitops::Run run = EngineWorld::Value(world_.store->UnfinishedRuns()).at(0);
  const std::size_t failed = InterruptedAction(run).value();
  ASSERT_TRUE(world_.store->MarkFinished(
      run.id, failed,
      {ActionStatus::kFailed, MakeError(ErrorKind::kInvalid, "broken"), std::nullopt}));
  world_.machine.TakeCalls();
  Suspend();
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  EXPECT_EQ(world_.Record("web").owed_rollback, 1);
}

TEST_F(InterruptedTest, DownOfASuspendedOrphanForgetsItAfterACrashToo) {
  EngineWorld::Value(world_.engine().Suspend("web", "hands off"));
  Orphan();
  world_.Reconcile();
  world_.machine.CrashAt("web", "-infrastructure.host", true);
  EXPECT_THROW(static_cast<void>(world_.engine().Down("web", false, {})), WorldCrash);
  world_.Restart();
  world_.Reconcile();
  EXPECT_EQ(world_.Record("web").id.name, "") << "its row is gone";
  EXPECT_EQ(SnapshotsInTheMirror("web"), 0U);
}

TEST_F(InterruptedTest, DownOfAnAppThatGitWantsKeepsItAfterACrashToo) {
  world_.machine.CrashAt("web", "-infrastructure.host", true);
  EXPECT_THROW(static_cast<void>(world_.engine().Down("web", false, {})), WorldCrash);
  world_.Restart();
  world_.Reconcile();
  EXPECT_TRUE(world_.Record("web").suspension.has_value());
  EXPECT_FALSE(world_.Record("web").has_recorded_steps);
  EXPECT_EQ(SnapshotsInTheMirror("web"), 1U) << "a way back";
}

TEST_F(InterruptedTest, ARunWaitsWhileItsFilesCannotBeRead) {
  world_.machine.CrashAt("web", "app.configure", true);
  world_.PushFile("web/deployment/configure.sh",
                  MemoryFile("#!/bin/sh\n# second\n", EntryKind::kExecutable));
  EXPECT_THROW(static_cast<void>(world_.engine().Reconcile({}, {})), WorldCrash);
  world_.machine.TakeCalls();
  world_.Restart();
  world_.mirror.Fail("apps", "Open", MakeError(ErrorKind::kTransient, "no answer"));
  for (int pass = 0; pass < 5; ++pass) {
    const ReconcileReport report = world_.Reconcile();
    EXPECT_TRUE(EngineWorld::Find(report, "web").failed);
    EXPECT_THAT(EngineWorld::Find(report, "web").reason, HasSubstr("interrupted"));
    EXPECT_THAT(world_.machine.TakeSteps("web"), IsEmpty());
  }
  world_.mirror.Heal("apps");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
  EXPECT_EQ(world_.Record("web").current_snapshot, 2) << "nothing was taken back";
}

TEST_F(InterruptedTest, AHookIsNotRepeatedWithoutTheValuesItNeeds) {
  world_.environment().environment["TOKEN"] = "abc";
  world_.Restart();
  world_.machine.CrashAt("web", "app.configure", true);
  world_.PushFile("web/tfgrid-compose.yaml",
                  "name: web\nversion: 1.0.0\npattern: vm\n"
                  "environment: [{name: TOKEN, required: true}]\n");
  EXPECT_THROW(static_cast<void>(world_.engine().Reconcile({}, {})), WorldCrash);
  world_.machine.TakeCalls();
  // The value is taken out of the configuration before the next start.
  world_.environment().environment.clear();
  world_.Restart();
  const ReconcileReport report = world_.Reconcile();
  const auto steps = world_.machine.TakeSteps("web");
  EXPECT_EQ(world_.machine.LastValue("web", "TOKEN"), "abc") << "no hook ran without it";
  EXPECT_TRUE(EngineWorld::Find(report, "web").failed);
  EXPECT_THAT(EngineWorld::Find(report, "web").diagnostics.back().ToString(), HasSubstr("TOKEN"));
}

}  // namespace
}  // namespace gitops

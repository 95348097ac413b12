// The engine cut by key: looks that only record, work on single apps, and what happens when both,
// or a person, are at one app at the same time.
#include "engine/reconcile/keyed_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_world.h"
#include "tests/support/faulty_store.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KeyedEngineTest : public testing::Test {
 protected:
  KeyedEngineTest()
      : faulty_(world_.store.get(), [this](const std::string& call, FaultyStore::Moment moment) {
          const auto found = between_.find(call);
          if (found != between_.end() && moment == FaultyStore::Moment::kBefore) {
            const auto action = std::exchange(found->second, {});
            if (action) action();
          }
          return Status();
        }) {
    EngineParts parts = Parts();
    engine_ = MakeKeyedEngine(parts);
  }

  EngineParts Parts() {
    EngineParts parts = world_.Parts(faulty_);
    parts.beside_others = true;
    return parts;
  }

  LookOutcome Look(const LookWish& wish = {}) {
    return EngineWorld::Value(engine_->Look("apps", wish, {}));
  }
  AppOutcome Work(const std::string& app, const AppWish& wish = {}) {
    return EngineWorld::Value(engine_->Work({"default", app}, wish, {}));
  }
  static std::vector<std::string> Names(const LookOutcome& outcome) {
    std::vector<std::string> names;
    for (const AppTask& task : outcome.tasks) names.push_back(task.app.name);
    return names;
  }
  void PushPage(const std::string& page) {
    world_.PushFile("web/deployment/configure.sh",
                    MemoryFile("#!/bin/sh\n# " + page + "\n", EntryKind::kExecutable));
  }

  EngineWorld world_;
  std::map<std::string, std::function<void()>> between_;  ///< Before the next call of that name.
  FaultyStore faulty_;
  std::unique_ptr<KeyedEngine> engine_;
};

TEST_F(KeyedEngineTest, ALookOnlyRecordsAndWorkAppliesWithoutAskingTheRemote) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  EXPECT_THAT(Names(Look()), ElementsAre("web"));
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
  EXPECT_TRUE(world_.Record("web").dirty);
  const std::uint64_t asked = world_.counters().remote_queries;
  const AppOutcome outcome = Work("web");
  EXPECT_TRUE(outcome.worked);
  EXPECT_EQ(outcome.report.verdict, Verdict::kCreate);
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_FALSE(world_.machine.TakeCalls().empty());
  EXPECT_EQ(world_.counters().remote_queries, asked);
  EXPECT_THAT(Names(Look()), IsEmpty()) << "nothing new: nothing to hand on";
  EXPECT_FALSE(Work("web").worked);
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
}

TEST_F(KeyedEngineTest, APushBetweenPlanAndRunIsNotLostAndTheOldPlanNotApplied) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  Work("web");
  world_.machine.TakeCalls();
  PushPage("two");
  Look();
  between_["BeginRun"] = [this] {
    PushPage("three");
    Look();
  };
  const AppOutcome refused = Work("web");
  EXPECT_TRUE(refused.again);
  EXPECT_FALSE(refused.worked);
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
  const AppOutcome outcome = Work("web");
  EXPECT_TRUE(outcome.worked);
  EXPECT_FALSE(world_.Record("web").dirty);
  EXPECT_FALSE(Work("web").worked) << "the newest page is there";
}

TEST_F(KeyedEngineTest, APushDuringARunLeavesTheAppMarked) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  between_["FinishRun"] = [this] {
    PushPage("two");
    Look();
  };
  EXPECT_TRUE(Work("web").worked);
  const AppRecord app = world_.Record("web");
  EXPECT_TRUE(app.dirty);
  EXPECT_EQ(app.current_snapshot, 1) << "what the run found is kept";
  world_.machine.TakeCalls();
  EXPECT_TRUE(Work("web").worked);
  EXPECT_EQ(world_.machine.TakeSteps("web"),
            (std::vector<std::string>{"app.configure", "app.healthcheck"}));
  EXPECT_FALSE(world_.Record("web").dirty);
}

TEST_F(KeyedEngineTest, ALookThatLoadedAnAppBeforeItsRunEndedKeepsWhatTheRunFound) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  PushPage("two");
  between_["RecordSourceSync"] = [this] { EXPECT_TRUE(Work("web").worked); };
  Look();
  const AppRecord app = world_.Record("web");
  EXPECT_EQ(app.current_snapshot, 1);
  EXPECT_EQ(app.health, Health::kHealthy);
  EXPECT_TRUE(app.dirty) << "the page of the look is not applied yet";
}

TEST_F(KeyedEngineTest, ASuspensionDuringARunStaysAndBeforeItStopsIt) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  const AppId web{"default", "web"};
  between_["BeginRun"] = [&] { ASSERT_TRUE(engine_->Suspend(web, "wait", "ann")); };
  EXPECT_TRUE(Work("web").again);
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
  EXPECT_THAT(Work("web").report.reason, HasSubstr("suspended by ann (wait)"));
  ASSERT_TRUE(engine_->Resume(web, "bob"));
  between_["FinishRun"] = [&] { ASSERT_TRUE(engine_->Suspend(web, "stop", "ann")); };
  EXPECT_TRUE(Work("web").worked);
  EXPECT_TRUE(world_.Record("web").suspension);
  EXPECT_EQ(world_.Record("web").current_snapshot, 1);
}

TEST_F(KeyedEngineTest, ARollbackAfterAFailureKeepsAPushThatCameDuringIt) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  Work("web");
  world_.machine.Fail("web", "app.configure",
                      MakeError(ErrorKind::kInvalid, "a hook failed", "exit code 3"), 1);
  PushPage("broken");
  Look();
  between_["FinishRun"] = [this] {
    PushPage("mended");
    Look();
  };
  Work("web");
  AppRecord app = world_.Record("web");
  EXPECT_EQ(app.pinned_snapshot, 1);
  EXPECT_TRUE(app.dirty);
  EXPECT_TRUE(Work("web").worked) << "the mended one is applied";
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(KeyedEngineTest, AResumeThatComesWhileAnAppIsPlannedIsNotUndone) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  Work("web");
  world_.machine.Fail("web", "app.configure",
                      MakeError(ErrorKind::kInvalid, "a hook failed", "exit code 3"), 1);
  PushPage("two");
  Look();
  Work("web");
  ASSERT_EQ(world_.Record("web").pinned_snapshot, 1) << "it failed and went back";
  between_["UpdateApps"] = [&] { ASSERT_TRUE(engine_->Resume({"default", "web"}, "ann")); };
  EXPECT_FALSE(Work("web").worked) << "planned as rejected";
  const AppRecord app = world_.Record("web");
  EXPECT_THAT(app.rejected, IsEmpty());
  EXPECT_EQ(app.pinned_snapshot, 0);
  EXPECT_FALSE(app.retry);
  EXPECT_TRUE(app.dirty);
  EXPECT_TRUE(Work("web").worked);
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(KeyedEngineTest, AResumeThatComesBetweenAFailureAndItsRollbackIsNotUndone) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  Work("web");
  world_.machine.Fail("web", "app.configure",
                      MakeError(ErrorKind::kInvalid, "a hook failed", "exit code 3"), 1);
  PushPage("two");
  Look();
  between_["FinishRun"] = [&] {
    // What is read next of the app is what its rollback begins from.
    between_["LoadApp"] = [&] { ASSERT_TRUE(engine_->Resume({"default", "web"}, "ann")); };
  };
  EXPECT_TRUE(Work("web").report.failed);
  const AppRecord app = world_.Record("web");
  EXPECT_EQ(app.current_snapshot, 1);
  EXPECT_EQ(app.pinned_snapshot, 0) << "nothing is rolled back any more";
  EXPECT_THAT(app.rejected, IsEmpty());
  EXPECT_TRUE(app.dirty);
  EXPECT_TRUE(Work("web").worked) << "it is tried again, as the person wants it";
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(KeyedEngineTest, AResumeThatComesDuringARollbackIsNotUndone) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  Work("web");
  PushPage("two");
  Look();
  Work("web");
  between_["MarkGoneOn"] = [&] { ASSERT_TRUE(engine_->Resume({"default", "web"}, "ann")); };
  RollbackRequest back;
  back.app = "web";
  back.to = 1;
  EngineWorld::Value(engine_->commands().Rollback(back, {}));
  const AppRecord app = world_.Record("web");
  EXPECT_EQ(app.current_snapshot, 1) << "the rollback was carried out";
  EXPECT_THAT(app.rejected, IsEmpty());
  EXPECT_EQ(app.pinned_snapshot, 0);
  EXPECT_TRUE(app.dirty);
  EXPECT_TRUE(Work("web").worked);
  EXPECT_EQ(world_.Record("web").current_snapshot, 3);
}

TEST_F(KeyedEngineTest, DependenciesAreNamedAndWaitedFor) {
  world_.Push(MemoryTree()
                  .WithTree("web", EngineWorld::App("web", "depends_on: [db]\n"))
                  .WithTree("db", EngineWorld::App("db")));
  const LookOutcome look = Look();
  ASSERT_EQ(look.tasks.size(), 2U);
  EXPECT_THAT(look.tasks[1].after, ElementsAre(AppId{"default", "db"}));
  const AppOutcome blocked = Work("web");
  EXPECT_FALSE(blocked.worked);
  EXPECT_THAT(blocked.report.reason, HasSubstr("blocked by default/db"));
  EXPECT_THAT(blocked.waits_for, ElementsAre(AppId{"default", "db"}));
  EXPECT_TRUE(Work("db").worked);
  EXPECT_TRUE(Work("web").worked);
}

TEST_F(KeyedEngineTest, OrphansGoOnlyWhenTheLookDecidedItAndDependentsFirst) {
  world_.Push(MemoryTree()
                  .WithTree("web", EngineWorld::App("web", "depends_on: [db]\n"))
                  .WithTree("db", EngineWorld::App("db"))
                  .WithTree("old", EngineWorld::App("old")));
  Look();
  for (const char* app : {"db", "web", "old"}) Work(app);
  world_.machine.TakeCalls();
  world_.Push(MemoryTree().WithTree("old", EngineWorld::App("old")));
  LookOutcome look = Look();
  EXPECT_THAT(look.settled, testing::SizeIs(2));
  EXPECT_THAT(world_.Record("db").reason, HasSubstr("prune is off"));
  EXPECT_FALSE(Work("db").worked);
  world_.environment().prune = true;
  world_.environment().max_prune_percent = 100;
  look = Look();
  ASSERT_THAT(Names(look), ElementsAre("db", "web"));
  EXPECT_TRUE(look.tasks[0].prune);
  EXPECT_THAT(look.tasks[0].after, ElementsAre(AppId{"default", "web"}));
  AppWish prune;
  prune.prune = true;
  EXPECT_THAT(Work("db", prune).report.reason, HasSubstr("default/web, which depends on it"));
  EXPECT_TRUE(Work("web", prune).worked);
  EXPECT_TRUE(Work("db", prune).worked);
  EXPECT_FALSE(EngineWorld::Value(world_.store->LoadApp({"default", "db"})));
  EXPECT_FALSE(Work("db", prune).known);
}

TEST_F(KeyedEngineTest, WhatACrashLeftIsInStockAndTakenUpByWorkOnThatAppOnly) {
  world_.Push(
      MemoryTree().WithTree("web", EngineWorld::App("web")).WithTree("db", EngineWorld::App("db")));
  Look();
  for (const char* app : {"web", "db"}) {
    world_.machine.CrashAt(app, "app.configure", true);
    EXPECT_THROW(Work(app), WorldCrash);
  }
  world_.machine.TakeCalls();
  engine_ = MakeKeyedEngine(Parts());
  const auto backlog = engine_->TakeStock();
  ASSERT_TRUE(backlog);
  EXPECT_EQ(backlog->tasks.size(), 2U);
  EXPECT_TRUE(Work("web").worked);
  for (const FakeMachine::Call& call : world_.machine.TakeCalls()) EXPECT_EQ(call.app, "web");
  EXPECT_EQ(EngineWorld::Value(world_.store->UnfinishedRuns()).size(), 1U);
  EXPECT_TRUE(Work("db").worked);
  EXPECT_EQ(world_.Record("db").sync, SyncStatus::kSynced);
}

TEST_F(KeyedEngineTest, ASnapshotIsGuardedAfterItsRunBeganAndBeforeTheFirstEffect) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  between_["BeginRun"] = [this] {
    EXPECT_THAT(world_.mirror.Snapshots("apps", "default"), IsEmpty());
    EXPECT_EQ(world_.mirror.Calls("apps", "Import"), 2) << "the app's files and the pattern's";
  };
  between_["MarkStarted"] = [this] {
    EXPECT_EQ(world_.mirror.Snapshots("apps", "default").size(), 1U);
    EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
  };
  EXPECT_TRUE(Work("web").worked);
  EXPECT_FALSE(between_["BeginRun"]) << "it was asked";
  EXPECT_FALSE(between_["MarkStarted"]) << "it was asked";
}

TEST_F(KeyedEngineTest, ARunWhoseSnapshotCannotBeKeptWaitsWithoutAnEffect) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  // Whatever the mirror says: the app is not at fault, so nothing is parked or rolled back.
  world_.mirror.Fail("apps", "WriteSnapshots", MakeError(ErrorKind::kInvalid, "cannot write"), 2);
  const AppOutcome begun = Work("web");
  EXPECT_THAT(begun.report.reason, HasSubstr("run 1 has changed nothing yet"));
  EXPECT_THAT(begun.report.reason, HasSubstr("cannot write"));
  EXPECT_TRUE(begun.report.failed);
  EXPECT_EQ(world_.Record("web").reason, begun.report.reason);
  const AppOutcome again = Work("web");
  EXPECT_TRUE(again.report.failed);
  for (const AppOutcome* outcome : {&begun, &again}) {
    ASSERT_TRUE(outcome->retry);
    EXPECT_GT(*outcome->retry, world_.clock().Now());
  }
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
  EXPECT_EQ(EngineWorld::Value(world_.store->UnfinishedRuns()).size(), 1U);
  EXPECT_TRUE(Work("web").worked);
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  EXPECT_EQ(world_.Record("web").last_run, 1);
  EXPECT_EQ(world_.mirror.Snapshots("apps", "default").size(), 1U);
}

TEST_F(KeyedEngineTest, ARunThatIsHeldBeforeItsSnapshotIsKeptHasNone) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  world_.mirror.Fail("apps", "WriteSnapshots", MakeError(ErrorKind::kTransient, "disk full"), 2);
  EXPECT_TRUE(Work("web").report.failed);
  world_.clock().Advance(std::chrono::seconds(1));
  ASSERT_TRUE(engine_->Suspend({"default", "web"}, "wait", "ann"));
  Work("web");
  EXPECT_THAT(EngineWorld::Value(world_.store->UnfinishedRuns()), IsEmpty());
  EXPECT_THAT(EngineWorld::Value(world_.store->ListSnapshots({"default", "web"})), IsEmpty())
      << "there is nothing to go back to";
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
}

TEST_F(KeyedEngineTest, WhatIsFoundOfAnAppIsSavedWithItsRun) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  between_["UpdateApps"] = [] { ADD_FAILURE() << "a commit more before the plan is there"; };
  between_["BeginRun"] = [this] { between_.erase("UpdateApps"); };
  EXPECT_TRUE(Work("web").worked);
}

TEST_F(KeyedEngineTest, ARollbackTakesUpOnlyItsOwnApp) {
  world_.Push(
      MemoryTree().WithTree("web", EngineWorld::App("web")).WithTree("db", EngineWorld::App("db")));
  Look();
  Work("web");
  PushPage("two");
  Look();
  Work("web");
  world_.machine.CrashAt("db", "app.configure", true);
  EXPECT_THROW(Work("db"), WorldCrash);
  world_.machine.TakeCalls();
  RollbackRequest request;
  request.app = "web";
  const auto report = engine_->commands().Rollback(request, {});
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(world_.Record("web").pinned_snapshot, 1);
  for (const FakeMachine::Call& call : world_.machine.TakeCalls()) EXPECT_EQ(call.app, "web");
  EXPECT_FALSE(engine_->commands().Reconcile({}, {})) << "a whole pass is refused";
}

TEST_F(KeyedEngineTest, ALookWhoseRecordGotLostIsComparedWithWhatTheStoreHas) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  Work("web");
  PushPage("two");
  bool lost = false;
  FaultyStore losing(world_.store.get(), [&](const std::string& call, FaultyStore::Moment moment) {
    if (call != "RecordSourceSync" || moment != FaultyStore::Moment::kAfter || lost) {
      return Status();
    }
    lost = true;
    return Status(MakeError(ErrorKind::kTransient, "the answer got lost"));
  });
  EngineParts parts = world_.Parts(losing);
  parts.beside_others = true;
  const auto engine = MakeKeyedEngine(parts);
  ASSERT_FALSE(engine->Look("apps", {}, {}));
  ASSERT_TRUE(lost);
  const auto rows = world_.store.counters().rows_written.load();
  ASSERT_TRUE(engine->Look("apps", {}, {}));
  EXPECT_EQ(world_.store.counters().rows_written.load(), rows) << "all of it is recorded already";
}

TEST_F(KeyedEngineTest, ASourceThatFailsKeepsItsStateAndHandsOnWhatIsDue) {
  world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
  Look();
  world_.mirror.Fail("apps", "Fetch", MakeError(ErrorKind::kTransient, "no answer", "silent"), 1);
  const LookOutcome failed = Look();
  EXPECT_FALSE(failed.clean);
  EXPECT_TRUE(failed.report.error);
  EXPECT_THAT(Names(failed), ElementsAre("web")) << "it was not applied yet";
  EXPECT_TRUE(Look().clean);
  EXPECT_EQ(engine_->Look("none", {}, {}).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops

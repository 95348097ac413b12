// What goes wrong in one source or app stops that one, and nothing beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using Steps = std::vector<std::string>;

/// "web" runs and comes from source "apps"; "db" is to come from source "more", where "mail" is.
class IsolationTest : public testing::Test {
 protected:
  IsolationTest() {
    world_.AddSource("more");
    world_.Restart();
    world_.Push(MemoryTree().WithTree("mail", EngineWorld::App("mail")), "more");
    world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
    EXPECT_FALSE(world_.Reconcile().HasFailures());
    world_.machine.TakeCalls();
  }

  void PushToBoth() {
    world_.Push(MemoryTree()
                    .WithTree("mail", EngineWorld::App("mail"))
                    .WithTree("db", EngineWorld::App("db")),
                "more");
    world_.PushFile("web/deployment/configure.sh",
                    MemoryFile("#!/bin/sh\n# second\n", EntryKind::kExecutable));
  }
  static Error Unreadable() {
    return MakeError(ErrorKind::kTransient, "cannot read the repository", "input/output error");
  }

  EngineWorld world_;
};

TEST_F(IsolationTest, ASourceThatCannotKeepSnapshotsStopsOnlyItsOwnApps) {
  PushToBoth();
  world_.mirror.Fail("apps", "WriteSnapshots",
                     MakeError(ErrorKind::kTransient, "cannot write", "no space left"), 1);
  const ReconcileReport report = world_.Reconcile();
  const AppReport web = EngineWorld::Find(report, "web");
  EXPECT_TRUE(web.failed);
  EXPECT_THAT(web.reason, HasSubstr("no snapshot could be kept: cannot write: no space left"));
  EXPECT_EQ(world_.Record("db").health, Health::kHealthy);
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy) << "nothing of it was touched";
  for (const FakeMachine::Call& call : world_.machine.TakeCalls()) EXPECT_EQ(call.app, "db");
  // The source is well again: the next pass does what was left.
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
}

TEST_F(IsolationTest, ASourceThatCannotBeReadKeepsItsLastGoodState) {
  PushToBoth();
  world_.mirror.Fail("apps", "Open", Unreadable());
  const ReconcileReport report = world_.Reconcile();
  ASSERT_TRUE(report.sources[0].error);
  EXPECT_THAT(report.sources[0].error->ToString(), HasSubstr("cannot read the repository"));
  EXPECT_EQ(world_.Record("web").presence, Presence::kPresent) << "nothing is known about it";
  EXPECT_EQ(world_.Record("web").health, Health::kHealthy);
  EXPECT_EQ(world_.Record("db").health, Health::kHealthy);
  world_.machine.TakeCalls();
  world_.mirror.Heal("apps");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  EXPECT_EQ(world_.machine.TakeSteps("web"), (Steps{"app.configure", "app.healthcheck"}));
}

TEST_F(IsolationTest, EachCallToAMirrorMayFailWithoutHarmToOthers) {
  for (const char* call :
       {"Fetch", "TreeAt", "Open", "FindApps", "Compare", "Import", "WriteSnapshots"}) {
    for (const ErrorKind kind : {ErrorKind::kTransient, ErrorKind::kCorruption}) {
      SCOPED_TRACE(std::string(call) + " " + std::string(ToString(kind)));
      EngineWorld world;
      world.AddSource("more");
      world.Restart();
      world.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
      world.Push(MemoryTree().WithTree("db", EngineWorld::App("db")), "more");
      world.mirror.Fail("apps", call, MakeError(kind, "broken", "for a test"));
      const auto report = world.engine().Reconcile({}, {});
      ASSERT_TRUE(report) << report.error().ToString();
      EXPECT_TRUE(report->sources[0].error || report->HasFailures() ||
                  world.Record("web").health == Health::kHealthy)
          << "something is said when something was not done";
      EXPECT_EQ(world.Record("db").health, Health::kHealthy);
      world.mirror.Heal("apps");
      world.clock().Advance(std::chrono::hours(1));
      EXPECT_FALSE(world.Reconcile().HasFailures());
      EXPECT_EQ(world.Record("web").health, Health::kHealthy);
    }
  }
}

}  // namespace
}  // namespace gitops

// What others ask of a daemon: tickets, holds, cancelling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/reconcile/daemon/daemon_world.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DaemonRequestsTest : public testing::Test {
 protected:
  DaemonRequestsTest() {
    for (const char* name : {"web", "db"}) {
      AppRecord app;
      app.id = {"default", name};
      app.source = "apps";
      EXPECT_TRUE(world_.store->SaveApps({app}, {}));
    }
  }

  DaemonWorld world_;
  Script& script_ = world_.script;
};

TEST_F(DaemonRequestsTest, ARequestWaitsForLooksAndWorkThatBeganAfterIt) {
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  script_.Hold("work web");
  world_.Start();
  script_.Await("work web");
  const auto ticket = world_.daemon->Request({}, "ann");
  ASSERT_TRUE(ticket);
  script_.Await("looked apps", 2);
  script_.Release("work web");
  const Ticket ended = world_.Await(*ticket);
  ASSERT_EQ(ended.state, TicketState::kDone);
  EXPECT_EQ(script_.Times("work web"), 2) << "the work that was under way may have missed a push";
  EXPECT_EQ(ended.by, "ann");
  EXPECT_EQ(ended.report->sources.size(), 2U);
  ASSERT_EQ(ended.report->apps.size(), 1U);
  EXPECT_EQ(ended.report->apps.front().app.name, "web");
  EXPECT_EQ(ended.report->unchanged, 1U) << "db";
}

TEST_F(DaemonRequestsTest, ANumberFromBeforeARestartIsNoneOfALaterRequest) {
  world_.Start();
  const auto before = world_.daemon->Request({}, "ann");
  ASSERT_TRUE(before);
  world_.Await(*before);
  world_.Stop();
  world_.clock.Pass(std::chrono::milliseconds(1));
  world_.Start();
  const auto after = world_.daemon->Request({}, "bob");
  ASSERT_TRUE(after);
  EXPECT_FALSE(world_.daemon->Find(*before)) << "it would tell what another request came to";
  EXPECT_GT(*after, *before);
  EXPECT_LT(*after, 1ULL << 53U) << "JavaScript reads it exactly";
}

TEST_F(DaemonRequestsTest, ADryRunTellsWhatThePassTold) {
  world_.Start();
  auto& engine = static_cast<FakeEngine&>(*world_.daemon->Reader());
  engine.report.unchanged = 2;
  engine.report.apps.resize(1);
  ReconcileRequest request;
  request.dry_run = true;
  request.list_all = true;
  const auto ticket = world_.daemon->Request(request, "ann");
  ASSERT_TRUE(ticket);
  const Ticket ended = world_.Await(*ticket);
  ASSERT_EQ(ended.state, TicketState::kDone);
  EXPECT_EQ(ended.report->unchanged, 2U);
  EXPECT_EQ(ended.report->apps.size(), 1U) << "unchanged ones stay in it";
}

TEST_F(DaemonRequestsTest, NamedAppsAreWorkedOnAsAskedFor) {
  world_.Start();
  script_.Await("looked apps");
  script_.Await("looked more");
  ReconcileRequest request;
  request.apps = {"db"};
  const auto ticket = world_.daemon->Request(request, "ann");
  ASSERT_TRUE(ticket);
  const Ticket ended = world_.Await(*ticket);
  ASSERT_EQ(ended.state, TicketState::kDone);
  world_.Stop();
  ASSERT_EQ(script_.wishes.size(), 1U);
  EXPECT_EQ(script_.wishes.front().first, "db");
  EXPECT_TRUE(script_.wishes.front().second.asked_for);
  EXPECT_EQ(script_.Times("look more"), 1) << "its source only";
}

TEST_F(DaemonRequestsTest, ANameThatNobodyKnowsIsLookedForEverywhere) {
  world_.Start();
  script_.Await("looked apps");
  script_.Await("looked more");
  ReconcileRequest request;
  request.apps = {"db", "new"};
  const auto ticket = world_.daemon->Request(request, "ann");
  ASSERT_TRUE(ticket);
  world_.Await(*ticket);
  world_.Stop();
  EXPECT_EQ(script_.Times("look more"), 2) << "\"new\" may be there now";
}

TEST_F(DaemonRequestsTest, UnknownNamesAreToldWithTheNearest) {
  world_.Start();
  ReconcileRequest request;
  request.apps = {"wep"};
  const auto ticket = world_.daemon->Request(request, "ann");
  ASSERT_TRUE(ticket) << "a look may find it";
  const Ticket ended = world_.Await(*ticket);
  ASSERT_EQ(ended.state, TicketState::kFailed);
  EXPECT_EQ(ended.error->kind, ErrorKind::kNotFound);
  EXPECT_THAT(ended.error->primary().hint, HasSubstr("web"));
  request.apps = {"NOT A NAME"};
  EXPECT_EQ(world_.daemon->Request(request, "ann").error().kind, ErrorKind::kInvalid);
  request.apps = {};
  request.source = "nowhere";
  EXPECT_EQ(world_.daemon->Request(request, "ann").error().kind, ErrorKind::kNotFound);
  RollbackRequest rollback;
  rollback.app = "wep";
  EXPECT_EQ(world_.daemon->Rollback(rollback, "ann").error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(world_.daemon->Find(4711));
  EXPECT_FALSE(world_.daemon->WhenOver(4711, [](const Ticket&) {}));
}

TEST_F(DaemonRequestsTest, ARollbackWaitsForWorkOnTheSameAppAndADryRunDoesNot) {
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  script_.Hold("work web");
  world_.Start();
  script_.Await("work web");
  RollbackRequest request;
  request.app = "web";
  const auto ticket = world_.daemon->Rollback(request, "ann");
  ASSERT_TRUE(ticket);
  request.dry_run = true;
  const auto plan = world_.daemon->Rollback(request, "ann");
  ASSERT_TRUE(plan);
  EXPECT_EQ(world_.Await(*plan).state, TicketState::kDone);
  EXPECT_EQ(world_.daemon->Find(*ticket)->state, TicketState::kWaiting);
  script_.Release("work web");
  EXPECT_EQ(world_.Await(*ticket).state, TicketState::kDone);
}

TEST_F(DaemonRequestsTest, TakingDownHappensOnlyWhenItIsMeant) {
  world_.Start();
  for (const bool dry_run : {true, false}) {
    const auto ticket = world_.daemon->Down("web", dry_run, "ann");
    ASSERT_TRUE(ticket);
    const Ticket ended = world_.Await(*ticket);
    ASSERT_EQ(ended.state, TicketState::kDone);
    EXPECT_EQ(ended.report->dry_run, dry_run);
  }
}

TEST_F(DaemonRequestsTest, CancellingSuspendsTheAppAndInterruptsItsRun) {
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  NewRun run;
  run.plan.app = {"default", "web"};
  run.app = **world_.store->LoadApp(run.plan.app);
  const auto id = world_.store->BeginRun(run);
  ASSERT_TRUE(id) << id.error().ToString();
  script_.Hold("work web");
  world_.Start();
  script_.Await("work web");
  EXPECT_EQ(world_.daemon->Cancel(*id + 1, "ann").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(world_.daemon->Cancel(*id, "ann"));
  script_.Await("worked web");
  EXPECT_EQ(script_.Times("suspend web run " + std::to_string(*id) + " was cancelled ann"), 1);
}

TEST_F(DaemonRequestsTest, ResumingIsFollowedByWork) {
  world_.Start();
  script_.Await("looked apps");
  ASSERT_TRUE(world_.daemon->Resume("web", "ann"));
  script_.Await("worked web");
  EXPECT_EQ(script_.Times("resume web ann"), 1);
  ASSERT_TRUE(world_.daemon->Suspend("db", "why", "bob"));
  EXPECT_EQ(script_.Times("suspend db why bob"), 1);
  EXPECT_EQ(world_.daemon->Suspend("none", "why", "bob").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops

// What was accepted outlives the process: it is carried out by the next one, or shown as what it
// is.
#include <gmock/gmock.h>

#include "tests/unit/server/api_client.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ApiOperationsTest : public ApiTest {
 protected:
  ApiOperationsTest() : token_(world.NewToken(TokenRole::kAdmin, "", std::nullopt, "ci")) {
    EXPECT_TRUE(world.store().SaveApps({NewApp("web")}, {}));
  }

  std::string State(int id) {
    return Get("operations/" + std::to_string(id), token_).json()["operation"]["state"];
  }
  std::string Why(int id) {
    const auto error = Get("operations/" + std::to_string(id), token_).json()["operation"]["error"];
    return error["diagnostics"][0]["detail"];
  }
  /// What the daemon was asked for since it had this many calls.
  std::vector<std::string> CallsAfter(std::size_t count) {
    auto calls = world.daemon().calls();
    calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(count));
    return calls;
  }

  const std::string token_;
};

TEST_F(ApiOperationsTest, WhatWasNotCarriedOutIsTakenUpUnderItsNumber) {
  Post("reconcile", token_, R"({"source":"apps"})");
  const auto first = Post("apps/production/web/reconcile", token_, "", {{"Idempotency-Key", "k"}});
  Post("apps/production/web/rollback", token_, R"({"to":3})");
  Post("apps/production/web/rollback", token_);
  Post("apps/production/web/down", token_);
  world.Restart();
  EXPECT_THAT(CallsAfter(5), ElementsAre("reconcile source=apps by token 1 (ci)",
                                         "reconcile production/web by token 1 (ci)",
                                         "rollback production/web to=3 by token 1 (ci)",
                                         "rollback production/web by token 1 (ci)",
                                         "down production/web by token 1 (ci)"));
  const auto again = Post("apps/production/web/reconcile", token_, "", {{"Idempotency-Key", "k"}});
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.Field("Idempotency-Replayed"), "true");
  EXPECT_EQ(world.daemon().calls().size(), 10U);
  // The daemon's seventh ticket is that of the second operation.
  EXPECT_EQ(State(2), "waiting");
  EXPECT_EQ(Get("operations/2", token_).json()["operation"]["askedAt"],
            first.json()["operation"]["askedAt"]);
  world.daemon().Finish(7, {});
  EXPECT_EQ(State(2), "done");
  EXPECT_EQ(State(1), "waiting");
  EXPECT_EQ(Post("reconcile", token_).json()["operation"]["id"], 6);
}

TEST_F(ApiOperationsTest, WhatIsOverIsShownAfterARestartAndNotDoneAgain) {
  Post("apps/production/web/reconcile", token_);
  ReconcileReport report;
  report.unchanged = 1;
  world.daemon().Finish(1, report);
  AwaitAudit(3);
  while (!world.operations().Unfinished()->empty()) std::this_thread::yield();
  const auto before = Get("operations/1", token_).json()["operation"];
  world.Restart();
  EXPECT_EQ(world.daemon().calls().size(), 1U);
  EXPECT_EQ(Get("operations/1", token_).json()["operation"], before);
  EXPECT_EQ(before["report"]["summary"]["unchanged"], 1);
  EXPECT_EQ(Get("operations/1?wait=60", token_).json()["operation"]["state"], "done");
}

TEST_F(ApiOperationsTest, AHugeReportIsNotKept) {
  Post("apps/production/web/reconcile", token_);
  ReconcileReport report;
  AppReport app;
  app.app = {"production", "web"};
  app.reason = std::string(100'000, 'x');
  report.apps = {app};
  world.daemon().Finish(1, report);
  while (!world.operations().Unfinished()->empty()) std::this_thread::yield();
  EXPECT_EQ(Get("operations/1", token_).json()["operation"]["report"]["apps"].size(), 1U);
  world.Restart();
  const auto kept = Get("operations/1", token_).json()["operation"];
  EXPECT_EQ(kept["state"], "done");
  EXPECT_TRUE(kept["report"].is_null());
}

TEST_F(ApiOperationsTest, ADaemonThatStopsLeavesItToTheNext) {
  Post("apps/production/web/reconcile", token_);
  world.daemon().state.draining = true;
  world.daemon().Cancel(1);
  EXPECT_EQ(State(1), "cancelled");
  world.Restart();
  EXPECT_EQ(State(1), "waiting");
  EXPECT_EQ(world.daemon().calls().size(), 2U);
}

TEST_F(ApiOperationsTest, WhatAPersonCancelledIsOver) {
  Post("apps/production/web/rollback", token_);
  world.daemon().Cancel(1);
  AwaitAudit(3);
  while (!world.operations().Unfinished()->empty()) std::this_thread::yield();
  world.Restart();
  EXPECT_EQ(State(1), "cancelled");
  EXPECT_EQ(world.daemon().calls().size(), 1U);
}

TEST_F(ApiOperationsTest, WhatIsNotSafeIsInterruptedWithTheReason) {
  const std::string tag = Get("apps/production/web", token_).Field("ETag");
  const std::string local =
      world.NewToken(TokenRole::kAdmin, "", std::nullopt, std::string(kLoopbackTokenName));
  Post("apps/production/web/rollback", token_, R"({"to":3})");
  Post("apps/production/web/down", token_);
  Post("apps/production/web/rollback", token_, R"({"dryRun":true})");
  Post("up", local, R"({"path":"/srv/web"})");
  Post("apps/production/web/reconcile", token_, "", {{"If-Match", tag}});
  // A run begins and changes what is recorded; then the process ends.
  const Action action = SomeAction("setup");
  const RunId run = *world.store().BeginRun(SomeRun(NewApp("web"), 0, {action}));
  ASSERT_TRUE(world.store().MarkStarted(run, 0));
  ASSERT_TRUE(world.store().MarkFinished(run, 0, Success(action)));
  world.Restart();
  EXPECT_THAT(CallsAfter(5), IsEmpty());
  for (int id = 1; id <= 5; ++id) EXPECT_EQ(State(id), "interrupted") << id;
  EXPECT_THAT(Why(1), HasSubstr("run 1 of the app has begun since"));
  EXPECT_THAT(Why(2), HasSubstr("run 1 of the app has begun since"));
  EXPECT_THAT(Why(3), HasSubstr("dry run"));
  EXPECT_THAT(Why(4), HasSubstr("directory"));
  EXPECT_THAT(Why(5), HasSubstr("If-Match"));
  EXPECT_THAT(AwaitAudit(1)[0], HasSubstr("app.reconcile production/web failed operation 5: the "
                                          "daemon ended before the request was over"));
  world.Restart();
  EXPECT_EQ(State(1), "interrupted");
  EXPECT_EQ(world.daemon().calls().size(), 5U);
}

TEST_F(ApiOperationsTest, ARollbackToNoSnapshotIsOnlyForTheAppAsItWas) {
  const Action action = SomeAction("setup");
  const RunId run = *world.store().BeginRun(SomeRun(NewApp("web"), 0, {action}));
  Post("apps/production/web/rollback", token_);
  Post("apps/production/web/rollback", token_, R"({"to":3})");
  // The run that was under way goes on.
  ASSERT_TRUE(world.store().MarkStarted(run, 0));
  ASSERT_TRUE(world.store().MarkFinished(run, 0, Success(action)));
  world.Restart();
  EXPECT_THAT(CallsAfter(2), ElementsAre("rollback production/web to=3 by token 1 (ci)"));
  EXPECT_THAT(Why(1), HasSubstr("no snapshot was named"));
}

TEST_F(ApiOperationsTest, OldOnesAndAppsThatAreGoneAreNotTakenUp) {
  Post("apps/production/web/reconcile", token_);
  world.clock().Advance(std::chrono::hours(24));
  world.Restart();
  EXPECT_EQ(State(1), "waiting");
  world.clock().Advance(std::chrono::milliseconds(1));
  Post("apps/production/web/down", token_);
  const auto connection = Connection::Open({.path = world.state_path()});
  ASSERT_TRUE((*connection)->Execute("DELETE FROM app"));
  world.Restart();
  EXPECT_THAT(Why(1), HasSubstr("more than a day ago"));
  EXPECT_THAT(Why(2), HasSubstr("no longer there"));
}

TEST_F(ApiOperationsTest, WhatTheDaemonRefusesIsOver) {
  world.daemon().refusal = MakeError(ErrorKind::kConflict, "too many requests wait");
  EXPECT_EQ(Post("reconcile", token_, "", {{"Idempotency-Key", "k"}}).status, 503);
  EXPECT_EQ(State(1), "failed");
  Post("reconcile", token_);
  world.daemon().refusal.reset();
  world.Restart();
  EXPECT_EQ(world.daemon().calls().size(), 2U);
  // Refused at the next start: the request fails, and says why.
  Post("reconcile", token_);
  world.daemon().refusal = MakeError(ErrorKind::kInvalid, "no such source");
  world.Restart();
  EXPECT_EQ(State(3), "failed");
}

TEST_F(ApiOperationsTest, AKeyWhoseRequestWasNotAcceptedIsFreeAfterARestart) {
  // The process ended between claiming the key and accepting the request.
  const auto connection = Connection::Open({.path = world.state_path()});
  EXPECT_EQ(Post("reconcile", token_, "", {{"Idempotency-Key", "k"}}).status, 202);
  ASSERT_TRUE((*connection)
                  ->Execute("UPDATE idempotency SET status = NULL, answer = NULL;"
                            "DELETE FROM operation"));
  EXPECT_EQ(Post("reconcile", token_, "", {{"Idempotency-Key", "k"}}).status, 409);
  world.Restart();
  EXPECT_EQ(Post("reconcile", token_, "", {{"Idempotency-Key", "k"}}).status, 202);
  // What takes effect at once may have done so.
  const std::string path = "apps/production/web/resume";
  EXPECT_EQ(Post(path, token_, "", {{"Idempotency-Key", "r"}}).status, 200);
  ASSERT_TRUE((*connection)->Execute("UPDATE idempotency SET status = NULL WHERE key = 'r'"));
  world.Restart();
  EXPECT_EQ(Post(path, token_, "", {{"Idempotency-Key", "r"}}).status, 409);
}

TEST_F(ApiOperationsTest, ARunUnderWayNamesTheRequestItCameOf) {
  const auto begin = [&](const std::string& app, RunTrigger trigger = RunTrigger::kSync,
                         PlanKind kind = PlanKind::kApply) {
    NewRun run = SomeRun(NewApp(app), 0, {});
    run.trigger = trigger;
    run.plan.kind = kind;
    world.clock().Advance(std::chrono::milliseconds(1));
    return *world.store().BeginRun(run);
  };
  const auto ask = [&](const std::string& path, const std::string& body, const std::string& id) {
    world.clock().Advance(std::chrono::milliseconds(1));
    HttpRequest request = Request("POST", "/api/v1/" + path, token_, body);
    request.head.request_id = id;
    const auto reply = std::make_shared<TestReply>();
    world.route().Answer(request, reply);
    EXPECT_EQ(reply->Await().status, 202);
  };
  ASSERT_TRUE(world.store().SaveApps({NewApp("db"), NewApp("mail"), NewApp("old")}, {}));
  const RunId before = begin("old");
  ask("reconcile", R"({"source":"apps"})", "wide");
  ask("reconcile", R"({"source":"other"})", "other");
  ask("apps/production/web/reconcile", R"({"dryRun":true})", "dry");
  ask("apps/production/db/reconcile", "", "narrow");
  EXPECT_EQ(world.route().RequestOf(before), "") << "it was under way before";
  const RunId web = begin("web");
  EXPECT_EQ(world.route().RequestOf(web), "wide");
  EXPECT_EQ(world.route().RequestOf(begin("db")), "narrow") << "the newest that asks for it";
  ask("apps/production/mail/rollback", "", "back");
  EXPECT_EQ(world.route().RequestOf(begin("mail", RunTrigger::kManual, PlanKind::kRollback)),
            "back");
  ask("apps/production/web/down", "", "down");
  EXPECT_EQ(world.route().RequestOf(web), "wide");
  EXPECT_EQ(world.route().RequestOf(99), "");
  world.daemon().Finish(1, {});
  EXPECT_EQ(world.route().RequestOf(web), "") << "its operation is over";
}

TEST_F(ApiOperationsTest, OnlyForThoseWhoSeeTheApp) {
  const std::string scoped = world.NewToken(TokenRole::kViewer, "staging/*");
  Post("apps/production/web/reconcile", token_);
  world.Restart();
  world.daemon().Finish(2, {});
  while (!world.operations().Unfinished()->empty()) std::this_thread::yield();
  world.Restart();
  EXPECT_EQ(Get("operations/1", token_).status, 200);
  EXPECT_EQ(Get("operations/1", scoped).status, 404);
}

}  // namespace
}  // namespace gitops

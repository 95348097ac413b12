// What the API does, what it refuses, and what the audit says of both.
#include <gmock/gmock.h>

#include "engine/model/codec.h"
#include "tests/unit/server/api_client.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ApiActingTest : public ApiTest {
 protected:
  ApiActingTest() : token_(world.NewToken(TokenRole::kDeployer, "", std::nullopt, "ci")) {
    EXPECT_TRUE(world.store().SaveApps({NewApp("web")}, {}));
  }

  void Suspend() {
    AppRecord record = NewApp("web");
    record.suspension = Suspension{"holiday", "ann", At(1)};
    ASSERT_TRUE(world.store().SaveApps({record}, {}));
  }

  const std::string token_;
};

TEST_F(ApiActingTest, EachActionReachesTheDaemon) {
  const std::string app = "apps/production/web/";
  EXPECT_EQ(Post("reconcile", token_).status, 202);
  EXPECT_EQ(Post("reconcile", token_,
                 R"({"apps":["web","production/web"],"source":"apps","environment":"production",
                     "dryRun":true,"prune":true})")
                .status,
            202);
  EXPECT_EQ(Post(app + "reconcile", token_, R"({"dryRun":true})").status, 202);
  EXPECT_EQ(Post(app + "rollback", token_, R"({"to":3,"revert":true})").status, 202);
  EXPECT_EQ(Post(app + "rollback", token_).status, 202);
  EXPECT_EQ(Post(app + "suspend", token_, R"({"reason":"moving"})").status, 200);
  EXPECT_EQ(Post(app + "resume", token_).status, 200);
  EXPECT_THAT(
      world.daemon().calls(),
      ElementsAre("reconcile by token 1 (ci)",
                  "reconcile web production/web source=apps environment=production dry_run prune "
                  "by token 1 (ci)",
                  "reconcile production/web dry_run by token 1 (ci)",
                  "rollback production/web to=3 revert by token 1 (ci)",
                  "rollback production/web by token 1 (ci)",
                  "suspend production/web reason=moving by token 1 (ci)",
                  "resume production/web by token 1 (ci)"));
}

TEST_F(ApiActingTest, AnOperationCanBeLookedAt) {
  const ApiAnswerSeen asked = Post("apps/production/web/reconcile", token_);
  EXPECT_EQ(asked.Field("Location"), "/api/v1/operations/1");
  EXPECT_EQ(asked.json()["operation"]["state"], "waiting");
  EXPECT_EQ(Get("operations/1", token_).Field("Retry-After"), "1");
  ReconcileReport report;
  report.unchanged = 1;
  world.daemon().Finish(1, report);
  const ApiAnswerSeen ended = Get("operations/1", token_);
  EXPECT_EQ(ended.json()["operation"]["state"], "done");
  EXPECT_EQ(ended.json()["operation"]["report"]["summary"]["unchanged"], 1);
  EXPECT_EQ(ended.Field("Retry-After"), "");
}

TEST_F(ApiActingTest, WhatOnlyAnAdministratorMay) {
  const std::string admin = world.NewToken(TokenRole::kAdmin);
  const std::string local =
      world.NewToken(TokenRole::kAdmin, "", std::nullopt, std::string(kLoopbackTokenName));
  EXPECT_EQ(Post("apps/production/web/down", token_).status, 403);
  EXPECT_EQ(Post("apps/production/web/down", admin, R"({"dryRun":true})").status, 202);
  EXPECT_EQ(Post("apps/production/none/down", admin).status, 404);
  const std::string body = R"({"path":"/srv/web","environment":"staging"})";
  EXPECT_EQ(Post("up", token_, body).status, 403);
  EXPECT_EQ(Post("up", admin, body).status, 403) << "a path is one of the daemon's machine";
  EXPECT_EQ(Post("up", local, body).status, 202);
  for (const char* wrong : {R"({"path":"web"})", R"({"path":""})", R"({"path":"/a\u0000b"})", "{}",
                            R"({"path":"/a","environment":"A B"})"}) {
    EXPECT_EQ(Post("up", local, wrong).status, 422) << wrong;
  }
  EXPECT_EQ(Post("up", local, R"({"path":"/)" + std::string(5000, 'x') + "\"}").status, 422);
  EXPECT_THAT(world.daemon().calls(),
              ElementsAre("down production/web dry_run by token 2",
                          "up /srv/web environment=staging by token 3 (loopback)"));
}

TEST_F(ApiActingTest, CommandsOfThisMachineAreNoOneElsesOperation) {
  const std::string local =
      world.NewToken(TokenRole::kAdmin, "", std::nullopt, std::string(kLoopbackTokenName));
  const auto id = [&](const std::string& token) {
    return Post("reconcile", token, R"({"full":true,"listAll":true})").json()["operation"]["id"];
  };
  EXPECT_EQ(id(local), 1);
  EXPECT_EQ(id(local), 2) << "it may have looked before the second command's push";
  EXPECT_EQ(id(token_), 3);
  EXPECT_EQ(id(token_), 3);
  EXPECT_THAT(world.daemon().calls(), Contains(HasSubstr("reconcile full list_all by token 1")));
}

TEST_F(ApiActingTest, AnOperationIsWaitedFor) {
  Post("apps/production/web/reconcile", token_);
  const auto reply = std::make_shared<TestReply>();
  HttpRequest request = Request("GET", "/api/v1/operations/1?wait=60&after=0", token_);
  ASSERT_FALSE(world.route().Admit(request.head).refusal);
  world.route().Answer(request, reply);
  world.counters().manifests_parsed += 7;
  ReconcileReport report;
  report.unchanged = 1;
  world.daemon().Finish(1, report);
  const auto operation = nlohmann::json::parse(reply->Await().body)["operation"];
  EXPECT_EQ(operation["state"], "done");
  EXPECT_EQ(operation["stats"]["manifestsParsed"], 7);
}

TEST_F(ApiActingTest, WaitingEndsWithProgressOfTheOperationAlone) {
  Progress before{Progress::Kind::kActionStarted, "production/web", "app.setup", "", false};
  world.progress().OnProgress(before);
  Post("apps/production/web/reconcile", token_);
  const auto seen = [&](const std::string& query) {
    return Get("operations/1" + query, token_).json()["operation"]["progress"];
  };
  EXPECT_EQ(seen("?after=0").size(), 0U) << "from before it was asked for";
  const auto reply = std::make_shared<TestReply>();
  HttpRequest request = Request("GET", "/api/v1/operations/1?wait=60&after=0", token_);
  world.route().Answer(request, reply);
  world.progress().OnProgress(
      {Progress::Kind::kActionStarted, "production/db", "app.setup", "", false});
  world.progress().OnProgress(
      {Progress::Kind::kActionFinished, "production/web", "app.setup", "exit code 3", true});
  const auto lines = nlohmann::json::parse(reply->Await().body)["operation"]["progress"];
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["number"], 3);
  EXPECT_EQ(lines[0]["kind"], "actionFinished");
  EXPECT_EQ(lines[0]["detail"], "exit code 3");
  EXPECT_EQ(lines[0]["failed"], true);
  EXPECT_EQ(seen("?after=3").size(), 0U);
  EXPECT_EQ(seen("").size(), 0U);
}

TEST_F(ApiActingTest, WaitingEndsAfterAWhile) {
  Post("apps/production/web/reconcile", token_);
  const auto reply = std::make_shared<TestReply>();
  HttpRequest request = Request("GET", "/api/v1/operations/1?wait=10", token_);
  world.route().Answer(request, reply);
  // Time goes on, however late the request begins to wait.
  const std::jthread time([&](const std::stop_token& stop) {
    for (; !stop.stop_requested(); std::this_thread::yield()) {
      world.clock().Advance(std::chrono::seconds(1));
    }
  });
  EXPECT_EQ(nlohmann::json::parse(reply->Await().body)["operation"]["state"], "waiting");
  EXPECT_EQ(Get("operations/1?wait=61", token_).status, 422);
  EXPECT_EQ(Get("operations/2?wait=10", token_).status, 404);
}

TEST_F(ApiActingTest, TwoAtOnceAreOneOperationAndLookAgain) {
  SourceSpec source;
  source.name = "apps";
  world.daemon().config->sources = {source};
  const auto first = Post("apps/production/web/reconcile", token_).json();
  const auto second = Post("apps/production/web/reconcile", token_, "{}").json();
  EXPECT_EQ(first["operation"]["id"], second["operation"]["id"]);
  EXPECT_THAT(world.daemon().calls(),
              ElementsAre("reconcile production/web by token 1 (ci)", "wake apps"));
  const auto dry = Post("apps/production/web/reconcile", token_, R"({"dryRun":true})").json();
  EXPECT_NE(dry["operation"]["id"], first["operation"]["id"]);
  world.daemon().Finish(1, {});
  const auto later = Post("apps/production/web/reconcile", token_).json();
  EXPECT_NE(later["operation"]["id"], first["operation"]["id"]) << "the first is over";
}

TEST_F(ApiActingTest, ASuspendedAppIsNotReconciledButPlanned) {
  Suspend();
  const ApiAnswerSeen refused = Post("apps/production/web/reconcile", token_);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("holiday"));
  EXPECT_THAT(world.daemon().calls(), IsEmpty());
  EXPECT_EQ(Post("apps/production/web/reconcile", token_, R"({"dryRun":true})").status, 202);
}

TEST_F(ApiActingTest, IfMatchOnTheSerial) {
  const std::string path = "apps/production/web/rollback";
  const std::string tag = Get("apps/production/web", token_).Field("ETag");
  EXPECT_EQ(Post(path, token_, "", {{"If-Match", "\"99\""}}).status, 412);
  EXPECT_EQ(Post(path, token_, "", {{"If-Match", ""}}).status, 412);
  EXPECT_EQ(Post(path, token_, "", {{"If-Match", "W/" + tag}}).status, 412);
  EXPECT_EQ(Post(path, token_, "", {{"If-Match", tag}, {"If-Match", tag}}).status, 412);
  EXPECT_THAT(world.daemon().calls(), IsEmpty());
  EXPECT_EQ(Post(path, token_, "", {{"If-Match", tag}}).status, 202);
  EXPECT_EQ(Post(path, token_, "{\"to\":1}", {{"If-Match", "*"}}).status, 202);
  EXPECT_EQ(Post("reconcile", token_, "", {{"If-Match", tag}}).status, 422);
}

TEST_F(ApiActingTest, AKeyIsCarriedOutOnceAlsoOverARestart) {
  const std::string path = "apps/production/web/suspend";
  const std::string body = R"({"reason":"moving"})";
  const Fields key = {{"Idempotency-Key", "k-1"}};
  const ApiAnswerSeen first = Post(path, token_, body, key);
  const ApiAnswerSeen again = Post(path, token_, body, key);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.Field("Idempotency-Replayed"), "true");
  world.Restart();
  EXPECT_EQ(Post(path, token_, body, key).body, first.body);
  EXPECT_EQ(world.daemon().calls().size(), 1U);
  EXPECT_EQ(Post(path, token_, R"({"reason":"other"})", key).status, 422);
  EXPECT_EQ(Post("apps/production/web/resume", token_, "", key).status, 422);
  const std::string other = world.NewToken(TokenRole::kDeployer);
  EXPECT_EQ(Post(path, other, body, key).status, 200);
  EXPECT_EQ(world.daemon().calls().size(), 2U) << "another token's keys are its own";
}

TEST_F(ApiActingTest, AKeyOfARefusedRequestIsFree) {
  world.daemon().refusal = MakeError(ErrorKind::kConflict, "too many requests wait");
  const Fields key = {{"Idempotency-Key", "k-1"}};
  const ApiAnswerSeen refused = Post("reconcile", token_, "", key);
  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.Field("Retry-After").empty());
  world.daemon().refusal.reset();
  EXPECT_EQ(Post("reconcile", token_, "", key).status, 202);
}

TEST_F(ApiActingTest, KeysThatCannotBe) {
  for (const std::string& key : {std::string(), std::string(201, 'x'), std::string("a b")}) {
    EXPECT_EQ(Post("reconcile", token_, "", {{"Idempotency-Key", key}}).status, 422);
  }
  EXPECT_EQ(
      Post("reconcile", token_, "", {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}}).status,
      422);
  EXPECT_THAT(world.daemon().calls(), IsEmpty());
}

TEST_F(ApiActingTest, ARunIsCancelledWhileItGoesOn) {
  const RunId run = *world.store().BeginRun(SomeRun(NewApp("web"), 0, {SomeAction("setup")}));
  const std::string path = "runs/" + std::to_string(run) + "/cancel";
  EXPECT_EQ(Post(path, token_).status, 202);
  EXPECT_THAT(world.daemon().calls(), ElementsAre("cancel 1 by token 1 (ci)"));
  world.daemon().refusal = MakeError(ErrorKind::kNotFound, "no such run is under way");
  EXPECT_EQ(Post(path, token_).status, 409) << "it is there, but over";
  EXPECT_EQ(Post("runs/77/cancel", token_).status, 404);
}

TEST_F(ApiActingTest, BodiesThatCannotBe) {
  const std::string deep(60'000, '[');
  struct Case {
    std::string path, body;
    int status;
    std::string text;
  };
  const std::string rollback = "apps/production/web/rollback";
  const std::string suspend = "apps/production/web/suspend";
  const std::vector<Case> cases = {
      {rollback, "{", 400, "at byte"},
      {rollback, "{\"to\":1,}", 400, "at byte 9"},
      {rollback, "{\"to\":1}x", 400, "at byte"},
      {rollback, "not json", 400, "at byte"},
      {rollback, "[]", 400, "a list, not an object"},
      {rollback, "3", 400, "not an object"},
      {rollback, "null", 400, "not an object"},
      {rollback, "{\"to\":1,\"to\":2}", 400, "there twice"},
      {rollback, "{\"to\":" + deep, 422, "a list"},
      {rollback, deep, 400, "not an object"},
      {rollback, "{\"to\":NaN}", 400, "at byte"},
      {rollback, "{\"t\\u0000o\":1}", 422, "no such member"},
      {rollback, "\xff\xfe{}", 400, "at byte"},
      {rollback, "{\"too\":1}", 422, "did you mean"},
      {rollback, "{\"to\":\"1\"}", 422, "a whole number expected, found a text"},
      {rollback, "{\"to\":1.5}", 422, "a fraction"},
      {rollback, "{\"to\":0}", 422, "number of a snapshot"},
      {rollback, "{\"to\":-1}", 422, "number of a snapshot"},
      {rollback, "{\"to\":99999999999999999999}", 422, "to"},
      {rollback, "{\"to\":null}", 422, "found null"},
      {rollback, "{\"dryRun\":1}", 422, "true or false expected"},
      {rollback, "{\"revert\":{}}", 422, "an object"},
      {suspend, "", 422, "missing"},
      {suspend, "{}", 422, "missing"},
      {suspend, "{\"reason\":\"\"}", 422, "1 to 500"},
      {suspend, "{\"reason\":\"" + std::string(501, 'x') + "\"}", 422, "1 to 500"},
      {"apps/production/web/resume", "{\"x\":1}", 422, "no such member"},
      {"reconcile", "{\"apps\":\"web\"}", 422, "a list of texts expected"},
      {"reconcile", "{\"apps\":[1]}", 422, "a list of texts expected"},
      {"reconcile", "{\"apps\":[[\"web\"]]}", 422, "a list"},
      {"reconcile", "{\"apps\":[\"../x\"]}", 422, "environment/name"},
      {"reconcile", "{\"source\":\"-rf\"}", 422, "a name has"},
  };
  for (const Case& each : cases) {
    const ApiAnswerSeen seen = Post(each.path, token_, each.body);
    EXPECT_EQ(seen.status, each.status) << each.body.substr(0, 60);
    EXPECT_THAT(seen.body, HasSubstr(each.text)) << each.body.substr(0, 60);
    EXPECT_EQ(seen.Field("Content-Type"), "application/problem+json");
  }
  EXPECT_THAT(world.daemon().calls(), IsEmpty());
}

TEST_F(ApiActingTest, FormsOfABodyThatAreNotTaken) {
  const std::string path = "apps/production/web/rollback";
  for (const Fields& fields :
       {Fields{{"Content-Type", "text/plain"}}, Fields{{"Content-Type", ""}},
        Fields{{"Content-Type", "application/x-www-form-urlencoded"}},
        Fields{{"Content-Type", "application/jsonx"}},
        Fields{{"Content-Type", "application/json"}, {"Content-Type", "application/json"}},
        Fields{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}}) {
    EXPECT_EQ(Post(path, token_, "{}", fields).status, 415);
  }
  EXPECT_EQ(Post(path, token_, "{}", {{"Content-Type", "application/json; charset=utf-8"}}).status,
            202);
}

TEST_F(ApiActingTest, TheAuditTellsWhatWasAskedAndWhatCameOfIt) {
  const Action action = SomeAction("setup");
  const RunId run = *world.store().BeginRun(SomeRun(NewApp("web"), 0, {action}));
  EXPECT_EQ(Post("apps/production/web/reconcile", token_).status, 202);
  EXPECT_THAT(AwaitAudit(2),
              ElementsAre("token 1 (ci) app.reconcile production/web accepted operation 1",
                          "token 1 (ci) app.reconcile production/web asked"));
  ReconcileReport report;
  AppReport app;
  app.app = {"production", "web"};
  app.run = run;
  app.failed = true;
  report.apps = {app};
  world.daemon().Finish(1, report);
  EXPECT_EQ(AwaitAudit(3)[0],
            "token 1 (ci) app.reconcile production/web failed operation 1, run 1");
  const auto entry = world.audit().List(0, 1)->front();
  EXPECT_EQ(entry.note.plan_digest, PlanDigest((*world.store().LoadRun(run))->plan));
  EXPECT_EQ(entry.note.request_id, "req-1");
  EXPECT_EQ(entry.note.address, "127.0.0.1");
  EXPECT_FALSE(world.audit().Verify()->broken);
}

TEST_F(ApiActingTest, RefusalsAreInTheAudit) {
  Suspend();
  EXPECT_EQ(Post("apps/production/web/reconcile", token_).status, 409);
  EXPECT_EQ(Post("apps/production/web/rollback", token_, "{").status, 400);
  EXPECT_EQ(Post("apps/production/none/resume", token_).status, 404);
  world.daemon().refusal = MakeError(ErrorKind::kInvalid, "not that one");
  EXPECT_EQ(Post("apps/production/web/resume", token_).status, 422);
  EXPECT_THAT(AwaitAudit(5),
              ElementsAre("token 1 (ci) app.resume production/web refused HTTP 422",
                          "token 1 (ci) app.resume production/web asked",
                          "token 1 (ci) app.resume production/none refused HTTP 404",
                          "token 1 (ci) app.rollback production/web refused HTTP 400",
                          "token 1 (ci) app.reconcile production/web refused HTTP 409"));
}

TEST_F(ApiActingTest, WhatCannotBeNotedIsNotDone) {
  const auto connection = Connection::Open({.path = world.state_path()});
  ASSERT_TRUE((*connection)->Execute("DROP TABLE audit"));
  EXPECT_EQ(Post("apps/production/web/resume", token_).status / 100, 5);
  EXPECT_THAT(world.daemon().calls(), IsEmpty());
}

}  // namespace
}  // namespace gitops

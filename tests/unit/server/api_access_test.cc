// Who may do what, and what is told to those who may not.
#include <gmock/gmock.h>

#include "engine/server/api_endpoints.h"
#include "tests/unit/server/api_client.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class ApiAccessTest : public ApiTest {
 protected:
  ApiAccessTest() {
    EXPECT_TRUE(world.store().SaveApps({NewApp("web"), NewApp("db", "staging")}, {}));
    AppRecord record = NewApp("web");
    const auto run = world.store().BeginRun(SomeRun(record, 0, {SomeAction("setup")}));
    EXPECT_TRUE(run);
  }

  /// A request of this endpoint that would be carried out if its sender may send it.
  HttpRequest RequestFor(const ApiEndpoint& endpoint, const std::string& token) {
    std::string path(endpoint.path);
    const auto put = [&](const std::string& word, const std::string& value) {
      if (const auto at = path.find(word); at != std::string::npos) {
        path.replace(at, word.size(), value);
      }
    };
    put("{environment}", "production");
    put("{name}", "web");
    put("{id}", "1");
    const bool suspend = endpoint.target == ApiTarget::kSuspend;
    return Request(std::string(endpoint.method), "/api/v1/" + path, token,
                   suspend ? R"({"reason": "test"})" : "");
  }
};

TEST_F(ApiAccessTest, EachRoleMayDoWhatTheTableSays) {
  const std::string tokens[] = {
      world.NewToken(TokenRole::kViewer), world.NewToken(TokenRole::kDeployer),
      world.NewToken(TokenRole::kAdmin, "", std::nullopt, std::string(kLoopbackTokenName))};
  int refused = 0;
  for (const ApiEndpoint& endpoint : ApiEndpoints()) {
    for (int role = 0; role < 3; ++role) {
      const ApiAnswerSeen seen = Send(RequestFor(endpoint, tokens[role]));
      if (role < static_cast<int>(endpoint.role)) {
        EXPECT_EQ(seen.status, 403) << endpoint.path << " as " << role;
        ++refused;
      } else {
        EXPECT_THAT(seen.status, Not(AnyOf(401, 403, 500))) << endpoint.path << " as " << role;
      }
    }
  }
  EXPECT_EQ(refused, 6 + 3 * 2)
      << "viewers write nothing, only admins see the audit, take apps down and bring them up";
}

TEST_F(ApiAccessTest, EveryWayNotToBeKnownLooksTheSame) {
  const std::string expired =
      world.NewToken(TokenRole::kAdmin, "", world.clock().Now() + std::chrono::hours(1));
  const std::string revoked = world.NewToken(TokenRole::kAdmin);
  ASSERT_TRUE(world.tokens().Revoke(2));
  world.clock().Advance(std::chrono::hours(1));
  const std::string unknown = "tfgc_" + std::string(64, '0');
  const ApiAnswerSeen none = Get("apps", "");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.Field("WWW-Authenticate"), "Bearer");
  for (const std::string& token : {expired, revoked, unknown, std::string("x"), expired + "0"}) {
    const ApiAnswerSeen seen = Get("apps", token);
    EXPECT_EQ(seen.status, 401);
    EXPECT_EQ(seen.body, none.body);
    EXPECT_EQ(seen.headers.fields(), none.headers.fields());
  }
  const std::string good = world.NewToken(TokenRole::kViewer);
  for (const Fields& fields :
       {Fields{{"Authorization", "Basic " + good}}, Fields{{"Authorization", good}},
        Fields{{"Authorization", "Bearer  " + good}}, Fields{{"Authorization", "Bearer"}},
        Fields{{"Authorization", "Bearer " + good}, {"Authorization", "Bearer " + good}},
        Fields{{"X-Api-Key", good}}, Fields{{"Cookie", "token=" + good}}}) {
    EXPECT_THAT(Get("apps", "", fields).status, AnyOf(401, 429));
  }
  EXPECT_EQ(Get("apps", "", {{"Authorization", "bEARER " + good}}).status, 200);
}

TEST_F(ApiAccessTest, TokensOutliveARestartAndSoDoesTheirEnd) {
  const std::string good = world.NewToken(TokenRole::kViewer);
  const std::string revoked = world.NewToken(TokenRole::kViewer);
  EXPECT_EQ(Get("apps", revoked).status, 200);
  ASSERT_TRUE(world.tokens().Revoke(2));
  EXPECT_EQ(Get("apps", revoked).status, 401) << "at once";
  world.Restart();
  EXPECT_EQ(Get("apps", good).status, 200);
  EXPECT_EQ(Get("apps", revoked).status, 401);
}

TEST_F(ApiAccessTest, ATokenThatIsRevokedWhileTheBodyComesIsRefused) {
  const std::string token = world.NewToken(TokenRole::kDeployer);
  HttpRequest request = Request("POST", "/api/v1/reconcile", token, "{}");
  EXPECT_FALSE(world.route().Admit(request.head).refusal);
  ASSERT_TRUE(world.tokens().Revoke(1));
  const auto reply = std::make_shared<TestReply>();
  world.route().Answer(request, reply);
  EXPECT_EQ(reply->Await().status, 401);
  EXPECT_TRUE(world.daemon().calls().empty());
}

TEST_F(ApiAccessTest, ATokenInTheUrlIsRefusedThoughItIsGood) {
  const std::string token = world.NewToken(TokenRole::kAdmin);
  for (const std::string& query :
       {"?token=" + token, std::string("?access_token=x"), "?prefix=" + token}) {
    const ApiAnswerSeen seen = Get("apps" + query, token);
    EXPECT_EQ(seen.status, 400) << query;
    EXPECT_THAT(seen.body, Not(HasSubstr(token.substr(5))));
  }
  EXPECT_EQ(Get("apps?token=" + token, "").status, 400);
}

TEST_F(ApiAccessTest, OtherSitesAreRefused) {
  const std::string token = world.NewToken(TokenRole::kAdmin);
  EXPECT_EQ(Post("reconcile", token, "{}", {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(Post("reconcile", token, "{}", {{"Origin", "null"}}).status, 403);
  HttpRequest request = Request("GET", "/api/v1/apps", token);
  request.head.headers = {{"Host", "rebound.example"}, {"Authorization", "Bearer " + token}};
  EXPECT_EQ(Send(request).status, 403);
  EXPECT_TRUE(world.daemon().calls().empty());
}

TEST_F(ApiAccessTest, WhoFailsOftenWaitsAndOthersDoNot) {
  const std::string good = world.NewToken(TokenRole::kViewer);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Get("apps", "").status, 401);
  const ApiAnswerSeen refused = Get("apps", "");
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.Field("Retry-After").empty());
  EXPECT_EQ(Get("apps", good).status, 200) << "the same address, with a valid token";
  HttpRequest elsewhere = Request("GET", "/api/v1/apps", "");
  elsewhere.head.client_address = "192.0.2.1";
  EXPECT_EQ(Send(elsewhere).status, 401);
  world.clock().Advance(std::chrono::minutes(1));
  EXPECT_EQ(Get("apps", "").status, 401);
}

TEST_F(ApiAccessTest, TheLoopbackTokenIsForThisMachineAndNamesThePerson) {
  const std::string token =
      world.NewToken(TokenRole::kAdmin, "", std::nullopt, std::string(kLoopbackTokenName));
  EXPECT_EQ(Post("apps/production/web/resume", token, "", {{"X-Tfgrid-User", "ann\n"}}).status,
            200);
  EXPECT_THAT(world.daemon().calls(), Contains(HasSubstr("by ann\\n")));
  HttpRequest request = Request("GET", "/api/v1/apps", token);
  request.head.from_loopback = false;
  EXPECT_EQ(Send(request).status, 401);
  const std::string other = world.NewToken(TokenRole::kAdmin);
  EXPECT_EQ(Post("apps/production/web/resume", other, "", {{"X-Tfgrid-User", "bob"}}).status, 200);
  EXPECT_THAT(world.daemon().calls(), Not(Contains(HasSubstr("bob"))));
}

TEST_F(ApiAccessTest, AScopedTokenSeesAndTouchesItsAppsOnly) {
  const std::string token = world.NewToken(TokenRole::kDeployer, "staging/*");
  const auto apps = Get("apps", token).json()["apps"];
  ASSERT_EQ(apps.size(), 1U);
  EXPECT_EQ(apps[0]["id"], "staging/db");
  const ApiAnswerSeen hidden = Get("apps/production/web", token);
  const ApiAnswerSeen missing = Get("apps/production/nothing", token);
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(hidden.body, missing.body) << "what it may not see is not told from what is not there";
  EXPECT_EQ(Post("apps/production/web/reconcile", token).status, 404);
  EXPECT_EQ(Post("runs/1/cancel", token).status, 404);
  EXPECT_EQ(Get("runs/1", token).status, 404);
  EXPECT_EQ(Get("runs/1/log", token).status, 404);
  EXPECT_EQ(Get("runs/1/log?follow=true", token).status, 404);
  EXPECT_EQ(Get("events?environment=production&name=web", token).status, 404);
  EXPECT_EQ(Get("stream?environment=production&name=web", token).status, 404);
  for (const char* whole : {"sources", "deliveries"}) EXPECT_EQ(Get(whole, token).status, 403);
  EXPECT_EQ(Post("reconcile", token, "{}").status, 403);
  EXPECT_TRUE(world.daemon().calls().empty());
  EXPECT_EQ(Post("apps/staging/db/reconcile", token).status, 202);
  EXPECT_EQ(Get("operations/1", token).status, 200);
  const std::string all = world.NewToken(TokenRole::kDeployer);
  EXPECT_EQ(Post("reconcile", all).status, 202);
  EXPECT_EQ(Get("operations/2", all).status, 200);
  EXPECT_EQ(Get("operations/2", token).status, 404);
}

TEST_F(ApiAccessTest, EventsOfOthersAreNotTold) {
  Event web = SomeEvent("web happened");
  web.app = AppId{"production", "web"};
  Event db = SomeEvent("db happened");
  db.app = AppId{"staging", "db"};
  ASSERT_TRUE(world.store().AppendEvents({web, db, SomeEvent("a source happened")}));
  const std::string token = world.NewToken(TokenRole::kViewer, "staging/*");
  const auto events = Get("events", token).json()["events"];
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0]["message"], "db happened");
}

TEST_F(ApiAccessTest, RefusedWritesAreInTheAudit) {
  const std::string viewer = world.NewToken(TokenRole::kViewer, "", std::nullopt, "grafana");
  EXPECT_EQ(Post("apps/production/web/rollback", viewer).status, 403);
  EXPECT_THAT(AwaitAudit(1), testing::ElementsAre(
                                 "token 1 (grafana) app.rollback production/web refused HTTP 403"));
  EXPECT_EQ(Post("reconcile", "").status, 401);
  EXPECT_THAT(AwaitAudit(2)[0], "nobody reconcile  refused HTTP 401");
  EXPECT_EQ(Get("apps", "").status, 401) << "what only looks is not noted";
  EXPECT_EQ(Post("reconcile", viewer).status, 403);
  EXPECT_EQ(AwaitAudit(3).size(), 3U);
}

TEST_F(ApiAccessTest, RefusalsOfNobodyFillTheAuditSlowly) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(Post("reconcile", "").status, AnyOf(401, 429));
  }
  const std::string viewer = world.NewToken(TokenRole::kViewer);
  EXPECT_EQ(Post("reconcile", viewer).status, 403);
  // Several workers write notes: this one need not be the newest, only one of the last.
  const auto is_noted = [&] {
    const auto entries = world.audit().List(0, 1000);
    return std::any_of(entries->begin(), entries->end(),
                       [](const AuditEntry& entry) { return entry.note.actor == "token 1"; });
  };
  while (!is_noted()) std::this_thread::yield();
  EXPECT_LE(world.audit().List(0, 1000)->size(), 64U);
}

}  // namespace
}  // namespace gitops

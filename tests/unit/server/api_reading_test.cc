// What the API tells, and what it makes of requests that ask wrongly.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/server/api_client.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ApiReadingTest : public ApiTest {
 protected:
  ApiReadingTest() : token_(world.NewToken(TokenRole::kViewer)) {}

  std::vector<std::string> Walk(const std::string& query) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const json page =
          Get("apps?" + query + (cursor.empty() ? "" : "&cursor=" + cursor), token_).json();
      for (const json& app : page["apps"]) ids.push_back(app["id"]);
      cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
    } while (!cursor.empty());
    return ids;
  }

  const std::string token_;
};

TEST_F(ApiReadingTest, AppsByFilterOrderAndPage) {
  AppRecord sick = NewApp("api");
  sick.health = Health::kDegraded;
  sick.sync = SyncStatus::kOutOfSync;
  AppRecord orphan = NewApp("old", "staging");
  orphan.presence = Presence::kOrphaned;
  orphan.source = "other";
  AppRecord held = NewApp("web");
  held.health = Health::kHealthy;
  held.suspension = Suspension{"holiday", "ann", At(1)};
  ASSERT_TRUE(world.store().SaveApps({sick, orphan, held}, {}));
  EXPECT_THAT(Walk("limit=1"), ElementsAre("production/api", "production/web", "staging/old"));
  EXPECT_THAT(Walk("sort=-name&limit=2"),
              ElementsAre("production/web", "staging/old", "production/api"));
  EXPECT_THAT(Walk("environment=staging"), ElementsAre("staging/old"));
  EXPECT_THAT(Walk("source=other"), ElementsAre("staging/old"));
  EXPECT_THAT(Walk("health=Degraded"), ElementsAre("production/api"));
  EXPECT_THAT(Walk("health=Suspended"), ElementsAre("production/web")) << "as it is shown";
  EXPECT_THAT(Walk("sync=OutOfSync"), ElementsAre("production/api"));
  EXPECT_THAT(Walk("verdict=orphaned"), ElementsAre("staging/old"));
  EXPECT_THAT(Walk("prefix=w"), ElementsAre("production/web"));
  EXPECT_THAT(Walk("prefix=w&environment=staging"), ElementsAre());
}

TEST_F(ApiReadingTest, APageIsNeverOlderThanTheState) {
  ASSERT_TRUE(world.store().SaveApps({NewApp("a")}, {}));
  EXPECT_THAT(Walk(""), ElementsAre("production/a"));
  EXPECT_THAT(Walk(""), ElementsAre("production/a"));
  ASSERT_TRUE(world.store().SaveApps({NewApp("b")}, {}));
  EXPECT_THAT(Walk(""), ElementsAre("production/a", "production/b"));
  const std::string scoped = world.NewToken(TokenRole::kViewer, "staging/*");
  EXPECT_TRUE(Get("apps?", scoped).json()["apps"].empty()) << "a page is not another's";
}

TEST_F(ApiReadingTest, ParametersThatCannotBe) {
  ASSERT_TRUE(world.store().SaveApps({NewApp("a"), NewApp("b")}, {}));
  const std::string cursor = Get("apps?limit=1", token_).json()["next"];
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"limit=0", "limit"},
      {"limit=-1", "limit"},
      {"limit=1000000000", "limit"},
      {"limit=1001", "limit"},
      {"limit=1e2", "limit"},
      {"limit=", "limit"},
      {"limit=1&limit=2", "limit"},
      {"sort=size", "sort"},
      {"health=fine", "health"},
      {"verdict=x", "verdict"},
      {"sync=synced", "sync"},
      {"environment=A_B", "environment"},
      {"colour=red", "colour"},
      {"cursor=x", "cursor"},
      {"cursor=", "cursor"},
      {"sort=name&cursor=" + cursor, "cursor"},
      {"health=Healthy&cursor=" + cursor, "cursor"},
      {"cursor=" + cursor + "x_y", "cursor"},
      {"prefix=" + std::string(64, 'a'), "prefix"}};
  for (const auto& [query, field] : wrong) {
    const ApiAnswerSeen seen = Get("apps?" + query, token_);
    EXPECT_EQ(seen.status, 422) << query;
    EXPECT_EQ(seen.json()["field"], field) << query;
    EXPECT_EQ(seen.Field("Content-Type"), "application/problem+json");
  }
  EXPECT_EQ(Get("apps?limit=1&cursor=" + cursor, token_).status, 200);
}

TEST_F(ApiReadingTest, PathsThatLeadNowhereLookTheSame) {
  const ApiAnswerSeen nothing = Get("nothing", token_);
  EXPECT_EQ(nothing.status, 404);
  for (const std::string& path :
       {std::string("apps/production/none"), std::string("apps/A/b"), std::string("apps/x"),
        std::string("apps/production/web/shell"), std::string("runs/0"), std::string("runs/-1"),
        std::string("runs/007"), std::string("runs/99999999999999999999"), std::string("runs/5"),
        std::string("runs/5/log"), std::string("operations/9"),
        "apps/production/" + std::string(8192, 'a'), std::string("apps/production/none/diff"),
        std::string("apps/production/none/history"), std::string("apps/production/none/snapshots"),
        std::string("events?environment=production&name=none&x=1").substr(0, 0) + "apps2"}) {
    const ApiAnswerSeen seen = Get(path, token_);
    EXPECT_EQ(seen.status, 404) << path.substr(0, 60);
    EXPECT_EQ(seen.body, nothing.body) << path.substr(0, 60);
  }
  HttpRequest odd = Request("GET", "/api/v1/apps", token_);
  for (const std::string& segment :
       {std::string("../x"), std::string("a\0b", 3), std::string("é")}) {
    odd.head.segments = {"api", "v1", "apps", "production", segment};
    EXPECT_EQ(Send(odd).body, nothing.body);
  }
  EXPECT_EQ(Send(Request("GET", "/api/v2/apps", token_)).status, 404);
  EXPECT_EQ(Send(Request("GET", "/api", token_)).status, 404);
}

TEST_F(ApiReadingTest, MethodsThatAPathDoesNotHave) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"}) {
    const ApiAnswerSeen seen = Send(Request(method, "/api/v1/apps", token_));
    EXPECT_EQ(seen.status, 405) << method;
    EXPECT_EQ(seen.Field("Allow"), "GET");
  }
  EXPECT_EQ(Get("reconcile", token_).Field("Allow"), "POST");
}

TEST_F(ApiReadingTest, OneAppWithWhatWasLastSeenOfIt) {
  AppRecord record = NewApp("web");
  ASSERT_TRUE(world.store().SaveApps({record}, {}));
  EXPECT_TRUE(Get("apps/production/web", token_).json()["app"]["drift"].is_null());
  AppDrift drift;
  drift.app = record.id;
  drift.verdict = DriftVerdict::kDrifted;
  drift.steps = {{{Phase::kApp, "files", ""}, DriftVerdict::kDrifted, "the file x was changed"}};
  ASSERT_TRUE(world.drift().SaveDrift(drift, {}));
  const json seen = Get("apps/production/web", token_).json()["app"]["drift"];
  EXPECT_EQ(seen["verdict"], "drifted");
  EXPECT_EQ(seen["steps"][0]["step"], "files");
  EXPECT_EQ(seen["steps"][0]["detail"], "the file x was changed");
  drift.serial = 9;  // Of a recorded state that there is not.
  ASSERT_TRUE(world.drift().SaveDrift(drift, {}));
  EXPECT_TRUE(Get("apps/production/web", token_).json()["app"]["drift"].is_null());
}

TEST_F(ApiReadingTest, OneAppWithItsStepsAndSerial) {
  AppRecord record = NewApp("web");
  ASSERT_TRUE(world.store().SaveApps({record}, {}));
  const Action action = SomeAction("setup");
  const RunId run = *world.store().BeginRun(SomeRun(record, 0, {action}));
  ASSERT_TRUE(world.store().MarkStarted(run, 0));
  ASSERT_TRUE(world.store().MarkFinished(run, 0, Success(action, {{"password", "canary-output"}})));
  record.last_run = run;
  ASSERT_TRUE(world.store().FinishRun(run, Finished(record)));
  const ApiAnswerSeen seen = Get("apps/production/web", token_);
  ASSERT_EQ(seen.status, 200);
  const json body = seen.json();
  EXPECT_EQ(body["apiVersion"], "tfgrid-compose/v1");
  EXPECT_EQ(body["app"]["id"], "production/web");
  EXPECT_EQ(body["steps"][0]["step"], "setup");
  EXPECT_EQ(seen.Field("ETag"), "\"" + std::to_string(body["serial"].get<int>()) + "\"");
  EXPECT_GT(body["serial"], 0);
  EXPECT_EQ(Get("apps/production/web/snapshots", token_).json()["snapshots"].size(), 1U);
  const json history = Get("apps/production/web/history", token_).json();
  EXPECT_EQ(history["runs"][0]["number"], run);
  const json one = Get("runs/" + std::to_string(run), token_).json();
  EXPECT_EQ(one["run"]["status"], "succeeded");
  EXPECT_EQ(one["run"]["actions"][0]["status"], "succeeded");
  for (const std::string& path : {std::string("apps/production/web"), std::string("apps"),
                                  std::string("apps/production/web/history"),
                                  "runs/" + std::to_string(run), std::string("events")}) {
    EXPECT_THAT(Get(path, token_).body, Not(HasSubstr("canary-output"))) << path;
  }
}

TEST_F(ApiReadingTest, ADiffComesFromTheEngine) {
  ASSERT_TRUE(world.store().SaveApps({NewApp("web")}, {}));
  AppReport app;
  app.app = {"production", "web"};
  app.verdict = Verdict::kUpdate;
  world.daemon().reader->report.apps = {app};
  EXPECT_EQ(Get("apps/production/web/diff", token_).json()["apps"][0]["verdict"], "update");
  EXPECT_THAT(world.daemon().reader->calls, ElementsAre("diff production/web"));
}

TEST_F(ApiReadingTest, TroubleOfThisMachineIsToldWithoutItsPaths) {
  ASSERT_TRUE(world.store().SaveApps({NewApp("web")}, {}));
  world.daemon().reader->error =
      MakeError(ErrorKind::kCorruption, "the mirror is damaged", "/var/lib/canary/mirror: broken");
  const ApiAnswerSeen seen = Get("apps/production/web/diff", token_);
  EXPECT_EQ(seen.status, 500);
  EXPECT_THAT(seen.body, HasSubstr("the mirror is damaged"));
  EXPECT_THAT(seen.body, Not(HasSubstr("canary")));
  EXPECT_THAT(seen.body, HasSubstr("\"request_id\":\"req-1\""));
}

TEST_F(ApiReadingTest, LogsFromTheirEnd) {
  AppRecord record = NewApp("web");
  ASSERT_TRUE(world.store().SaveApps({record}, {}));
  const RunId run = *world.store().BeginRun(SomeRun(record, 0, {SomeAction("setup")}));
  const std::string path = "runs/" + std::to_string(run) + "/log";
  EXPECT_EQ(Get(path, token_).status, 404) << "no log yet";
  std::ofstream(world.LogPath(run)) << "one\ntwo <script>\nthr";
  EXPECT_THAT(Get(path, token_).json()["lines"], ElementsAre("one", "two <script>", "thr"));
  EXPECT_THAT(Get(path + "?tail=1", token_).json()["lines"], ElementsAre("thr"));
  EXPECT_EQ(Get(path, token_).json()["status"], "running");
  EXPECT_EQ(Get(path + "?tail=0", token_).status, 422);
  EXPECT_EQ(Get(path + "?tail=yesterday", token_).status, 422);
  EXPECT_EQ(Get(path + "?follow=maybe", token_).status, 422);
}

TEST_F(ApiReadingTest, EventsAfterANumber) {
  ASSERT_TRUE(world.store().AppendEvents({SomeEvent("one"), SomeEvent("two"), SomeEvent("three")}));
  const json newest = Get("events?limit=2", token_).json();
  EXPECT_EQ(newest["events"][0]["message"], "two");
  EXPECT_EQ(newest["last"], 3);
  const json after = Get("events?after=1&limit=1", token_).json();
  EXPECT_EQ(after["events"][0]["message"], "two");
  EXPECT_EQ(after["last"], 2);
  EXPECT_EQ(Get("events?after=0", token_).status, 422);
  EXPECT_EQ(Get("events?name=web", token_).status, 422) << "an app has an environment";
}

TEST_F(ApiReadingTest, SourcesWithoutPasswords) {
  SourceRecord source = SomeSource();
  source.url = "https://ann:canary-pass@example.org/apps.git";
  SourceSync sync;
  sync.source = source;
  ASSERT_TRUE(world.store().RecordSourceSync(sync));
  SourceSpec configured;
  configured.name = "not-read-yet";
  configured.url = "https://bob:canary-pass@example.org/more.git";
  world.daemon().config->sources = {configured};
  const ApiAnswerSeen seen = Get("sources", token_);
  EXPECT_EQ(seen.json()["sources"].size(), 2U);
  EXPECT_THAT(seen.body, Not(HasSubstr("canary-pass")));
}

TEST_F(ApiReadingTest, DeliveriesNewestFirstInPages) {
  NewDelivery delivery;
  delivery.delivery.source = "apps";
  delivery.delivery.provider = "github";
  delivery.delivery.kind = "push";
  delivery.delivery.outcome = DeliveryOutcome::kIgnored;
  ASSERT_TRUE(world.deliveries().RecordDeliveries({delivery, delivery, delivery}));
  const json page = Get("deliveries?limit=2", token_).json();
  EXPECT_EQ(page["deliveries"][0]["number"], 3);
  const json rest =
      Get("deliveries?limit=2&before=" + std::to_string(page["next"].get<int>()), token_).json();
  EXPECT_EQ(rest["deliveries"].size(), 1U);
  EXPECT_TRUE(rest["next"].is_null());
}

TEST_F(ApiReadingTest, ADeliveryAndItsEventTellWhatItCaused) {
  const AppRecord web = NewApp("web");
  ASSERT_TRUE(world.store().SaveApps({web}, {}));
  NewDelivery delivery;
  delivery.delivery.source = "apps";
  delivery.delivery.provider = "github";
  delivery.delivery.kind = "push";
  delivery.delivery.outcome = DeliveryOutcome::kAccepted;
  delivery.event = SomeEvent("a push");
  delivery.event->type = "webhook.accepted";
  ASSERT_TRUE(world.deliveries().RecordDeliveries({delivery}));
  ASSERT_TRUE(world.deliveries().MarkLooked("apps", 1, {"moved", {web.id}}));
  const auto run = world.store().BeginRun(SomeRun(web, 0, {}));
  ASSERT_TRUE(run);
  const json listed = Get("deliveries", token_).json()["deliveries"][0];
  EXPECT_EQ(listed["look"]["changed"], 1);
  EXPECT_EQ(listed["look"]["apps"][0]["id"], "production/web");
  EXPECT_EQ(listed["look"]["apps"][0]["runs"][0]["run"], *run);
  EXPECT_EQ(listed["look"]["apps"][0]["runs"][0]["status"], "running");
  EXPECT_EQ(Get("events", token_).json()["events"][0]["delivery"], listed);
}

TEST_F(ApiReadingTest, TheDescriptionNeedsNoToken) {
  const ApiAnswerSeen seen = Get("openapi.json", "");
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.json()["openapi"], "3.1.0");
}

}  // namespace
}  // namespace gitops

#include "engine/cli/daemon_reporting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/support/forge_server.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

class NoChance : public Random {
 public:
  std::uint64_t Below(std::uint64_t) override { return 0; }
};

class KeptReply : public HttpReply {
 public:
  void Send(HttpResponse response) override { sent = std::move(response); }
  std::shared_ptr<HttpStream> Begin(HttpResponse) override { return nullptr; }

  HttpResponse sent;
};

class DaemonReportingTest : public ::testing::Test {
 protected:
  DaemonReportingTest() {
    NotificationTarget chat;
    chat.name = "chat";
    chat.type = NotificationType::kSlack;
    chat.url = receiver_.Url("/services/key");
    chat.on = {NotificationKind::kFailed};
    config_.notifications.push_back(chat);
    SourceSpec source;
    source.name = "apps";
    source.url = "https://git.example.org/acme/apps.git";
    source.commit_status =
        CommitStatusSpec{"gitea", {temp_.directory() + "/token", ""}, receiver_.Url(), ""};
    config_.sources.push_back(source);
    std::ofstream(temp_.directory() + "/token") << "T0KEN\n";
  }

  ReportingParts Parts() {
    return {temp_.get(), temp_.outbox(), temp_.deliveries(), temp_.drift(), temp_.clock(),
            random_,     log_,           counters_,          "1.2.3",       "host"};
  }
  std::string Page(DaemonReporting& reporting) {
    const auto reply = std::make_shared<KeptReply>();
    HttpRequest request;
    request.head.method = "GET";
    request.head.segments = {"metrics"};
    reporting.MakeMetricsRoute()->Answer(request, reply);
    return reply->sent.body;
  }
  /// Waits until `count` requests have come.
  std::vector<ForgeServer::Request> Await(std::size_t count) {
    std::vector<ForgeServer::Request> all;
    while (all.size() < count) {
      for (ForgeServer::Request& request : receiver_.Take()) all.push_back(std::move(request));
      std::this_thread::yield();
    }
    return all;
  }

  ForgeServer receiver_;
  TempStore temp_;
  NoChance random_;
  Log log_{LogLevel::kOff, LogFormat::kText};
  WorkCounters counters_;
  Config config_;
};

TEST_F(DaemonReportingTest, AFailedRunReachesMetricsChatAndForge) {
  DaemonReporting reporting(Parts());
  ASSERT_TRUE(reporting.Start([this] { return std::make_shared<const Config>(config_); }));
  AppRecord web = NewApp("web");
  ASSERT_TRUE(reporting.store().SaveApps({web}, {}));
  NewRun run = SomeRun(web, 0, {SomeAction("setup")});
  run.plan.kind = PlanKind::kApply;
  run.plan.revision = {"main", Oid('a')};
  const auto id = reporting.store().BeginRun(run);
  ASSERT_TRUE(id) << id.error().ToString();
  const auto pending = Await(1).at(0);
  EXPECT_EQ(pending.target, "/repos/acme/apps/statuses/" + std::string(40, 'a'));
  EXPECT_THAT(pending.body, HasSubstr("\"pending\""));
  EXPECT_EQ(pending.Header("Authorization"), "token T0KEN");

  RunOutcome outcome = Finished(web, RunStatus::kFailed);
  Event event;
  event.type = "run.failed";
  event.source = "apps";
  event.app = web.id;
  event.message = "run failed";
  event.time = temp_.clock().Now();
  outcome.events = {event};
  ASSERT_TRUE(reporting.store().FinishRun(*id, outcome));
  const auto told = Await(2);
  EXPECT_EQ(told[0].target, "/services/key");
  EXPECT_THAT(told[0].body, HasSubstr("production/web failed"));
  EXPECT_THAT(told[1].body, HasSubstr("\"failure\""));

  EXPECT_THAT(Page(reporting), HasSubstr("outcome=\"failed\"} 1\n"));
  EXPECT_THAT(Page(reporting), HasSubstr("tfgrid_compose_build_info{version=\"1.2.3\"} 1\n"));
}

TEST_F(DaemonReportingTest, WhatTheLastProcessDidNotGetToIsToldAtOnce) {
  AppRecord web = NewApp("web");
  Event event;
  event.type = "run.failed";
  event.app = web.id;
  event.message = "run failed";
  event.time = temp_.clock().Now();
  ASSERT_TRUE(temp_->SaveApps({web}, {event}));
  DaemonReporting reporting(Parts());
  ASSERT_TRUE(reporting.Start([this] { return std::make_shared<const Config>(config_); }));
  EXPECT_THAT(Await(1).at(0).body, HasSubstr("production/web failed"));
  EXPECT_THAT(Page(reporting), HasSubstr("app=\"web\""));
}

TEST_F(DaemonReportingTest, DeliveriesAndReloadsAreCounted) {
  DaemonReporting reporting(Parts());
  ASSERT_TRUE(reporting.Start([this] { return std::make_shared<const Config>(config_); }));
  reporting.observer().OnWebhook("github", "accepted");
  EXPECT_THAT(Page(reporting), HasSubstr("tfgrid_compose_webhook_deliveries_total{"
                                         "provider=\"github\",verdict=\"accepted\"} 1\n"));
  EXPECT_THAT(Page(reporting), HasSubstr("tfgrid_compose_config_last_reload_successful 1\n"));
  reporting.OnNotice({Severity::kError, "daemon.reload_failed", "", "line 3"});
  EXPECT_THAT(Page(reporting), HasSubstr("tfgrid_compose_config_last_reload_successful 0\n"));
  reporting.OnNotice({Severity::kNote, "daemon.started", "", ""});
  EXPECT_THAT(Page(reporting), HasSubstr("tfgrid_compose_config_last_reload_successful 0\n"));
  reporting.OnNotice({Severity::kNote, "daemon.reloaded", "", ""});
  EXPECT_THAT(Page(reporting), HasSubstr("tfgrid_compose_config_last_reload_successful 1\n"));
}

}  // namespace
}  // namespace gitops

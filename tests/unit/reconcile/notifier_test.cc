#include "engine/reconcile/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "engine/reconcile/notify_payload.h"
#include "engine/reconcile/notify_worker.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Keeps what is sent; answers what a test says.
class KeptMessages : public WebClient, public MailClient {
 public:
  Result<WebResponse> Send(const WebRequest& request, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    urls_.emplace_back(request.url.Reveal());
    bodies_.push_back(request.body);
    headers_.clear();
    for (const auto& [name, value] : request.headers) headers_[name] = value.Reveal();
    changed_.notify_all();
    if (error) return *error;
    return answer;
  }
  Status Send(const Mail& mail, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    mails_.push_back(mail);
    return {};
  }

  std::vector<std::string> TakeUrls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(urls_, {});
  }
  std::vector<std::string> TakeBodies() {
    const std::lock_guard lock(mutex_);
    urls_.clear();
    return std::exchange(bodies_, {});
  }
  /// Of the last message.
  std::map<std::string, std::string> headers() {
    const std::lock_guard lock(mutex_);
    return headers_;
  }
  std::vector<Mail> mails() {
    const std::lock_guard lock(mutex_);
    return mails_;
  }
  void Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return bodies_.size() >= count; });
  }

  WebResponse answer{.status = 200, .body = "", .retry_after = {}, .rate_limit_reset = {}};
  std::optional<Error> error;

 private:
  std::mutex mutex_;  ///< Guards the members below.
  std::condition_variable changed_;
  std::vector<std::string> urls_;
  std::vector<std::string> bodies_;
  std::map<std::string, std::string> headers_;
  std::vector<Mail> mails_;
};

class KnownSecrets : public SecretReader {
 public:
  Result<Secret> Read(const SecretRef& ref) override {
    if (missing) return MakeError(ErrorKind::kNotFound, "no such file", ref.file);
    return Secret("value of " + ref.file);
  }
  bool missing = false;
};

class NoChance : public Random {
 public:
  std::uint64_t Below(std::uint64_t) override { return 0; }
};

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() {
    NotificationTarget chat;
    chat.name = "chat";
    chat.type = NotificationType::kSlack;
    chat.url = "https://chat.example.org/hook";
    chat.on = {NotificationKind::kFailed, NotificationKind::kRecovered};
    config_.notifications.push_back(chat);
    EXPECT_TRUE(temp_->SaveApps({web_}, {}));
  }

  void AddForge() {
    SourceSpec source;
    source.name = "apps";
    source.url = "https://github.com/acme/apps.git";
    source.commit_status = CommitStatusSpec{"github", {"/token", ""}, "", ""};
    config_.sources.push_back(source);
  }

  Notifier MakeNotifier() {
    return Notifier({[this] { return std::make_shared<const Config>(config_); }, temp_.get(),
                     temp_.outbox(), sender_, temp_.clock(), random_,
                     [this](std::string_view what, std::string_view outcome) {
                       attempts_.push_back(std::string(what) + " " + std::string(outcome));
                     }});
  }

  RunId Begin(char commit = 'a') {
    NewRun run = SomeRun(web_, temp_->LoadRecorded(web_.id)->serial, {SomeAction("setup")});
    run.plan.kind = PlanKind::kApply;
    run.plan.revision = {"main", Oid(commit)};
    const auto id = temp_->BeginRun(run);
    EXPECT_TRUE(id) << id.error().ToString();
    return *id;
  }
  void End(RunId run, bool good) {
    RunOutcome outcome = Finished(web_, good ? RunStatus::kSucceeded : RunStatus::kFailed);
    Event event;
    event.type = good ? "run.succeeded" : "run.failed";
    event.source = web_.source;
    event.app = web_.id;
    event.message = good ? "applied main@aaaaaaa" : "run failed: exit code 3";
    event.time = temp_.clock().Now();
    outcome.events = {event};
    ASSERT_TRUE(temp_->FinishRun(run, outcome));
  }
  /// One round as the worker does it; what was sent.
  std::vector<std::string> Round() {
    Notifier notifier = MakeNotifier();
    EXPECT_TRUE(notifier.Collect());
    EXPECT_TRUE(notifier.Deliver({}));
    return messages_.TakeBodies();
  }
  std::size_t Waiting() { return *temp_.outbox().CountWaiting(); }

  TempStore temp_;
  Config config_;
  KeptMessages messages_;
  KnownSecrets secrets_;
  NoChance random_;
  OutboxSender sender_{secrets_, messages_, messages_, temp_.clock()};
  std::vector<std::string> attempts_;
  AppRecord web_ = NewApp("web");
};

TEST_F(NotifierTest, TellsAFailureOnceAndItsEnd) {
  End(Begin(), false);
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("*production/web failed*")));
  End(Begin(), false);  // The same commit is tried again.
  EXPECT_THAT(Round(), ElementsAre());
  End(Begin('b'), true);
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("works again")));
  End(Begin('c'), true);  // The chat did not ask to hear of what is as it should be.
  EXPECT_THAT(Round(), ElementsAre());
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_THAT(attempts_, ElementsAre("notification delivered", "notification delivered"));
}

TEST_F(NotifierTest, WhatNobodyIsToldOfIsNotWrittenDownOneByOne) {
  const auto happen = [&](std::size_t count) {
    Event event;
    event.type = "webhook.push";
    event.source = web_.source;
    ASSERT_TRUE(temp_->AppendEvents(std::vector<Event>(count, event)));
  };
  Notifier notifier = MakeNotifier();
  happen(20);
  const std::uint64_t before = temp_.counters().fsyncs;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(notifier.Collect());
  EXPECT_EQ(temp_.counters().fsyncs, before);
  EXPECT_EQ(temp_.outbox().UnreadEvents(100)->size(), 20U);
  // Among them and behind them nothing is missed, and what is passed stays a few.
  End(Begin(), false);
  happen(500);
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("failed")));
  EXPECT_LT(temp_.outbox().UnreadEvents(1000)->size(), 32U);
  EXPECT_THAT(Round(), ElementsAre());
}

TEST_F(NotifierTest, ACrashBetweenReadingAndSendingLosesNothing) {
  End(Begin(), false);
  ASSERT_TRUE(MakeNotifier().Collect());
  temp_.Reopen();
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("failed")));
  temp_.Reopen();
  EXPECT_THAT(Round(), ElementsAre());
}

TEST_F(NotifierTest, AReceiverThatIsDownIsTriedAgainLaterAndLater) {
  messages_.error = MakeError(ErrorKind::kTransient, "request failed");
  End(Begin(), false);
  EXPECT_EQ(Round().size(), 1U);
  EXPECT_EQ(*MakeNotifier().Idle(), std::chrono::milliseconds(5000));
  temp_.clock().Advance(std::chrono::milliseconds(4999));
  EXPECT_EQ(Round().size(), 0U);
  temp_.clock().Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(*MakeNotifier().Idle(), std::chrono::milliseconds(0));
  EXPECT_EQ(Round().size(), 1U);
  EXPECT_EQ(*MakeNotifier().Idle(), std::chrono::milliseconds(10'000));
  messages_.error.reset();
  temp_.clock().Advance(std::chrono::seconds(10));
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("failed")));
  EXPECT_EQ(Waiting(), 0U);
}

TEST_F(NotifierTest, WaitsAsLongAsTheReceiverAsks) {
  messages_.answer.status = 429;
  messages_.answer.retry_after = std::chrono::seconds(50);
  End(Begin(), false);
  Round();
  EXPECT_EQ(*MakeNotifier().Idle(), std::chrono::milliseconds(50'000));
  // A forge says when its limit ends; an hour is the longest that is waited for anybody.
  messages_.answer.retry_after.reset();
  messages_.answer.status = 403;
  const auto now = temp_.clock().Now().time_since_epoch();
  messages_.answer.rate_limit_reset =
      std::chrono::duration_cast<std::chrono::seconds>(now) + std::chrono::hours(9);
  temp_.clock().Advance(std::chrono::seconds(50));
  Round();
  temp_.clock().Advance(std::chrono::minutes(59));
  EXPECT_EQ(Round().size(), 0U);
  temp_.clock().Advance(std::chrono::minutes(1));
  EXPECT_EQ(Round().size(), 1U);
}

TEST_F(NotifierTest, AfterADayItIsGivenUpAndSaid) {
  messages_.answer.status = 500;
  End(Begin(), false);
  Round();
  for (int i = 0; i < 200 && Waiting() > 0; ++i) {
    temp_.clock().Advance(std::chrono::minutes(15));
    Round();
  }
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_EQ(attempts_.back(), "notification given-up");
  const Event event = temp_->ListEvents({})->back();
  EXPECT_EQ(event.type, "notification.failed");
  EXPECT_EQ(event.severity, Severity::kWarning);
  EXPECT_THAT(event.message, HasSubstr("\"chat\" could not be told: production/web failed"));
  EXPECT_THAT(event.message, HasSubstr("answered 500"));
  // That event is told to nobody.
  EXPECT_THAT(Round(), ElementsAre());
}

TEST_F(NotifierTest, WhatAReceiverWillNeverTakeIsGivenUpAtOnce) {
  messages_.answer.status = 400;
  messages_.answer.body = "value of /hook is no key";
  End(Begin(), false);
  EXPECT_EQ(Round().size(), 1U);
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_THAT(temp_->ListEvents({})->back().message, Not(HasSubstr("value of")));
}

TEST_F(NotifierTest, ARedirectIsNoDelivery) {
  messages_.answer.status = 302;
  End(Begin(), false);
  Round();
  EXPECT_EQ(attempts_.back(), "notification given-up");
}

TEST_F(NotifierTest, EachTargetStandsForItself) {
  NotificationTarget pager;
  pager.name = "pager";
  pager.type = NotificationType::kPagerDuty;
  pager.url = "https://pager.example.org/";
  pager.secret = SecretRef{"/routing", ""};
  pager.on = {NotificationKind::kFailed};
  config_.notifications.push_back(pager);
  NotificationTarget mail;
  mail.name = "mail";
  mail.type = NotificationType::kEmail;
  mail.url = "smtp://mail.example.org:587";
  mail.user = "bot";
  mail.secret = SecretRef{"/password", ""};
  mail.from = "bot@example.org";
  mail.to = {"ann@example.org"};
  mail.on = {NotificationKind::kFailed};
  config_.notifications.push_back(mail);
  End(Begin(), false);
  EXPECT_THAT(Round(),
              ElementsAre(HasSubstr("failed"), HasSubstr(R"("routing_key":"value of /routing")")));
  ASSERT_EQ(messages_.mails().size(), 1U);
  EXPECT_EQ(messages_.mails()[0].password.Reveal(), "value of /password");
  EXPECT_FALSE(messages_.mails()[0].allow_plain);
}

TEST_F(NotifierTest, AWebhookIsSignedWhenItHasAKey) {
  NotificationTarget& target = config_.notifications[0];
  target.type = NotificationType::kWebhook;
  End(Begin(), false);
  ASSERT_EQ(Round().size(), 1U);
  EXPECT_FALSE(messages_.headers().contains("X-Signature-256"));
  target.secret = SecretRef{"/key", ""};
  End(Begin('b'), true);
  const std::vector<std::string> bodies = Round();
  ASSERT_EQ(bodies.size(), 1U);
  const auto headers = messages_.headers();
  EXPECT_EQ(headers.at("X-Signature-256"),
            WebhookSignature(Secret("value of /key"), headers.at("X-Timestamp"), bodies[0]));
}

TEST_F(NotifierTest, ASecretThatIsMissingIsWaitedFor) {
  config_.notifications[0].url = SecretRef{"/chat.url", ""};
  secrets_.missing = true;
  End(Begin(), false);
  EXPECT_THAT(Round(), ElementsAre());
  EXPECT_EQ(Waiting(), 1U);
  secrets_.missing = false;
  temp_.clock().Advance(std::chrono::seconds(5));
  EXPECT_EQ(Round().size(), 1U);
}

TEST_F(NotifierTest, ATargetThatIsNoLongerConfiguredIsForgotten) {
  End(Begin(), false);
  ASSERT_TRUE(MakeNotifier().Collect());
  config_.notifications.clear();
  EXPECT_THAT(Round(), ElementsAre());
  EXPECT_EQ(Waiting(), 0U);
}

TEST_F(NotifierTest, ACommitGetsItsStatesInTheirOrder) {
  config_.notifications.clear();
  AddForge();
  const RunId run = Begin();
  EXPECT_THAT(Round(), ElementsAre(HasSubstr(R"("state":"pending")")));
  EXPECT_THAT(Round(), ElementsAre());
  End(run, true);
  EXPECT_THAT(Round(), ElementsAre(HasSubstr(R"("state":"success")")));
  EXPECT_THAT(Round(), ElementsAre());
  EXPECT_THAT(attempts_, ElementsAre("commit-status delivered", "commit-status delivered"));
}

TEST_F(NotifierTest, OnlyTheNewestStateOfACommitIsSent) {
  config_.notifications.clear();
  AddForge();
  messages_.error = MakeError(ErrorKind::kTransient, "request failed");
  const RunId run = Begin();
  Round();
  End(run, false);
  messages_.error.reset();
  EXPECT_THAT(Round(), ElementsAre(HasSubstr(R"("state":"failure")")));
  temp_.clock().Advance(std::chrono::hours(1));
  EXPECT_THAT(Round(), ElementsAre());
}

TEST_F(NotifierTest, ARunThatACrashLeftIsToldAfterTheRestart) {
  config_.notifications.clear();
  AddForge();
  const RunId run = Begin();
  temp_.Reopen();
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("pending")));
  temp_.Reopen();
  End(run, true);
  EXPECT_THAT(Round(), ElementsAre(HasSubstr("success")));
}

TEST_F(NotifierTest, ASourceWithoutAForgeTellsNone) {
  config_.notifications.clear();
  End(Begin(), true);
  EXPECT_THAT(Round(), ElementsAre());
  // Nor does it later tell of what was before it had one.
  AddForge();
  EXPECT_THAT(Round(), ElementsAre());
}

TEST(NotifyDelay, GrowsToAQuarterOfAnHour) {
  EXPECT_EQ(NotifyDelay(1, 0), std::chrono::seconds(5));
  EXPECT_EQ(NotifyDelay(2, 0), std::chrono::seconds(10));
  EXPECT_EQ(NotifyDelay(2, 0.5), std::chrono::seconds(11));
  EXPECT_EQ(NotifyDelay(1000, 0), std::chrono::minutes(15));
}

TEST_F(NotifierTest, TheWorkerTellsWhenItIsWoken) {
  Log log(LogLevel::kOff, LogFormat::kText);
  Notifier notifier = MakeNotifier();
  NotifyWorker worker(notifier, log);
  End(Begin(), false);
  worker.OnEvents();
  messages_.Await(1);
  End(Begin('b'), true);
  worker.OnEvents();
  messages_.Await(2);
  EXPECT_THAT(messages_.TakeBodies(), ElementsAre(HasSubstr("failed"), HasSubstr("works again")));
}

}  // namespace
}  // namespace gitops

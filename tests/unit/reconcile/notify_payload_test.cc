#include "engine/reconcile/notify_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

OutboxEntry Entry(NotificationKind kind = NotificationKind::kFailed) {
  OutboxEntry entry;
  entry.id = 12;
  entry.target = "chat";
  entry.notification = {kind,
                        "apps",
                        AppId{"production", "web"},
                        {"main", Oid('a')},
                        7,
                        "run 7 failed: \"setup\" <said> & no",
                        WallTime(std::chrono::milliseconds(1'795'219'200'250))};
  return entry;
}

TEST(NotifyPayload, TheWebhookSaysEverything) {
  EXPECT_EQ(WebhookBody(Entry()),
            R"({"apiVersion":"tfgrid-compose/v1","id":"12","kind":"failed",)"
            R"("topic":"app:production/web","time":"2026-11-21T00:00:00.250Z",)"
            R"("environment":"production","app":"web","source":"apps",)"
            R"("revision":"main@sha1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","run":7,)"
            R"("headline":"production/web failed",)"
            R"("message":"run 7 failed: \"setup\" <said> & no"})");
  OutboxEntry source = Entry(NotificationKind::kSourceFailed);
  source.notification.app.reset();
  source.notification.revision = {};
  source.notification.run = 0;
  EXPECT_THAT(WebhookBody(source),
              HasSubstr(R"("environment":null,"app":null,"source":"apps","revision":null,)"
                        R"("run":null,"headline":"source apps cannot be read")"));
}

TEST(NotifyPayload, LongMessagesAreCutBetweenCharacters) {
  OutboxEntry entry = Entry();
  entry.notification.message = std::string(2000, 'x');
  EXPECT_THAT(WebhookBody(entry), HasSubstr(std::string(2000, 'x') + "\""));
  entry.notification.message += "y";
  EXPECT_THAT(WebhookBody(entry), HasSubstr(std::string(2000, 'x') + "…\""));
  entry.notification.message = std::string(1999, 'x') + "ü";
  EXPECT_THAT(WebhookBody(entry), HasSubstr(std::string(1999, 'x') + "…\""));
  entry.notification.message = std::string(2001, '\x80');  // No character begins anywhere.
  EXPECT_THAT(WebhookBody(entry), HasSubstr("\"message\":\"…\""));
}

// printf '1795219200.{}' | openssl dgst -sha256 -hmac "It's a secret"
TEST(NotifyPayload, TheSignatureCoversTimeAndBody) {
  const Secret key("It's a secret");
  const std::string signature = WebhookSignature(key, "1795219200", "{}");
  EXPECT_EQ(signature, "sha256=cc53a97ff94fa1bf0994a80c644abbde5a8222c16625b9434930b8b6c8f06b43");
  EXPECT_NE(WebhookSignature(key, "1795219201", "{}"), signature);
  EXPECT_NE(WebhookSignature(key, "1795219200", "{ }"), signature);
}

TEST(NotifyPayload, SlackGetsTextWithoutItsMarkup) {
  const std::string body = SlackBody(Entry().notification);
  EXPECT_EQ(body.rfind(R"({"text":")", 0), 0U) << body;
  EXPECT_THAT(
      body, HasSubstr(R"(*production/web failed*\nrun 7 failed: \"setup\" &lt;said&gt; &amp; no)"));
  EXPECT_THAT(body, HasSubstr("`main@aaaaaaa` · run 7"));
}

TEST(NotifyPayload, PagerDutyJoinsAProblemAndItsEnd) {
  const Secret key("R0UTING");
  const std::string trigger = PagerDutyBody(Entry().notification, key);
  EXPECT_THAT(trigger, HasSubstr(R"({"routing_key":"R0UTING","event_action":"trigger",)"
                                 R"("dedup_key":"tfgrid-compose/app:production/web","payload":{)"
                                 R"("summary":"production/web failed: run 7 failed)"));
  EXPECT_THAT(trigger, HasSubstr(R"("severity":"error","timestamp":"2026-11-21T00:00:00.250Z")"));
  EXPECT_EQ(PagerDutyBody(Entry(NotificationKind::kRecovered).notification, key),
            R"({"routing_key":"R0UTING","event_action":"resolve",)"
            R"("dedup_key":"tfgrid-compose/app:production/web"})");
  EXPECT_THAT(PagerDutyBody(Entry(NotificationKind::kRolledBack).notification, key),
              HasSubstr(R"("severity":"warning")"));
}

TEST(NotifyPayload, AMailIsWhole) {
  NotificationTarget target;
  target.name = "mail";
  target.from = "bot@example.org";
  target.to = {"ann@example.org", "ops@example.org"};
  OutboxEntry entry = Entry();
  entry.notification.message = "line one\nline two " + std::string(2000, 'x');
  const Mail mail = MailOf(entry, target, entry.notification.time);
  EXPECT_EQ(mail.to, target.to);
  EXPECT_THAT(mail.text, HasSubstr("Date: Sat, 21 Nov 2026 00:00:00 +0000\r\n"
                                   "From: bot@example.org\r\n"
                                   "To: ann@example.org, ops@example.org\r\n"
                                   "Subject: [tfgrid-compose] production/web failed\r\n"
                                   "Message-ID: <"));
  EXPECT_THAT(mail.text, HasSubstr("\r\n\r\nproduction/web failed.\r\n\r\nline one\r\nline two"));
  for (std::size_t at = 0; at < mail.text.size();) {
    const std::size_t end = mail.text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 998U);
    at = end + 2;
  }
  EXPECT_EQ(mail.text, MailOf(entry, target, entry.notification.time).text);
  // A second attempt is the same mail, another entry is another one.
  OutboxEntry other = entry;
  other.id = 13;
  EXPECT_NE(mail.text, MailOf(other, target, entry.notification.time).text);
}

TEST(NotifyPayload, NothingFromOutsideGetsIntoAMailsHead) {
  NotificationTarget target;
  target.from = "bot@example.org";
  target.to = {"ann@example.org"};
  OutboxEntry entry = Entry();
  entry.notification.app->name = "web\r\nBcc: eve@example.org";
  const std::string text = MailOf(entry, target, {}).text;
  EXPECT_THAT(text.substr(0, text.find("\r\n\r\n")), Not(HasSubstr("\nBcc:")));
}

}  // namespace
}  // namespace gitops

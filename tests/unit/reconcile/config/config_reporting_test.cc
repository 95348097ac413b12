#include <gmock/gmock.h>

#include "tests/unit/reconcile/config/config_fixture.h"

namespace gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportingTest : public ConfigTest {
 protected:
  void SetUp() override {
    ConfigTest::SetUp();
    Write("key", "hunter22hunter22\n", 0600);
  }
};

TEST_F(ReportingTest, EveryKeyOfANotification) {
  const auto reading = Read(
      "notifications:\n"
      "  - {name: hook, type: webhook, url: 'https://example.org/hook', secret: {file: key},\n"
      "     on: [deployed, rolled-back], environments: [prod*], apps: ['*/web']}\n"
      "  - {name: chat, type: slack, url: {file: key}}\n"
      "  - {name: oncall, type: pagerduty, secret: {file: key}}\n"
      "  - {name: mail, type: email, url: 'smtps://mail.example.org:465', user: bot,\n"
      "     secret: {file: key}, from: bot@example.org, to: [ann@example.org]}\n");
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_TRUE(reading->warnings.empty());
  const auto& targets = reading->config.notifications;
  ASSERT_EQ(targets.size(), 4U);
  EXPECT_EQ(targets[0].url, TextOrSecret("https://example.org/hook"));
  EXPECT_EQ(targets[0].secret, (SecretRef{Path("key"), ""}));
  EXPECT_THAT(targets[0].on,
              ElementsAre(NotificationKind::kDeployed, NotificationKind::kRolledBack));
  EXPECT_THAT(targets[0].environments, ElementsAre("prod*"));
  EXPECT_THAT(targets[0].apps, ElementsAre("*/web"));
  EXPECT_EQ(targets[1].type, NotificationType::kSlack);
  EXPECT_EQ(targets[1].url, TextOrSecret(SecretRef{Path("key"), ""}));
  EXPECT_EQ(targets[1].on.size(), 5U);
  EXPECT_EQ(targets[2].url, TextOrSecret("https://events.pagerduty.com/v2/enqueue"));
  EXPECT_EQ(targets[3].user, "bot");
  EXPECT_EQ(targets[3].from, "bot@example.org");
  EXPECT_THAT(targets[3].to, ElementsAre("ann@example.org"));
}

TEST_F(ReportingTest, WhatIsMissingOrWrongInANotification) {
  const auto messages = [&](const std::string& item) {
    return Messages("notifications:\n  - " + item + "\n");
  };
  EXPECT_THAT(messages("{name: a, type: slack}"), HasSubstr("notifications[0].url"));
  EXPECT_THAT(messages("{name: a, type: pagerduty}"), HasSubstr("routing key"));
  EXPECT_THAT(messages("{name: a, type: email, url: 'smtp://m:25', to: [a@b.c]}"),
              HasSubstr("notifications[0].from"));
  EXPECT_THAT(messages("{name: a, type: email, url: 'https://m', from: a@b.c, to: [a@b.c]}"),
              HasSubstr("address of another kind"));
  EXPECT_THAT(messages("{name: a, type: webhook, url: 'smtp://m:25'}"),
              HasSubstr("address of another kind"));
  EXPECT_THAT(messages("{name: a, type: webhook, url: 'file:///etc/passwd'}"),
              HasSubstr("not an address of the web"));
  EXPECT_THAT(messages("{name: a, type: webhook, url: 'https://u:hunter22@h/'}"),
              AllOf(HasSubstr("user information"), Not(HasSubstr("hunter22"))));
  EXPECT_THAT(messages("{name: a, type: webhook, url: 'https://h/'}"),
              HasSubstr("webhook without a signature"));
  EXPECT_THAT(messages("{name: a, type: slack, url: {file: nowhere}}"),
              HasSubstr("file not found [notifications[0].url]"));
  EXPECT_THAT(messages("{name: a, type: slak, url: 'https://h/'}"), HasSubstr("\"slack\""));
  EXPECT_THAT(messages("{name: a, type: slack, url: 'https://h/', on: [failure]}"),
              HasSubstr("failed"));
  EXPECT_THAT(messages("{name: a, type: slack, url: 'https://h/', apps: ['[']}"),
              HasSubstr("apps[0]"));
  EXPECT_THAT(messages("{name: a, type: email, url: 'smtp://m', from: 'a b@c', to: [x]}"),
              AllOf(HasSubstr("from"), HasSubstr("to[0]")));
  EXPECT_THAT(messages("{name: a, type: slack, url: 'https://h/'}\n"
                       "  - {name: a, type: slack, url: 'https://h/'}"),
              HasSubstr("duplicate notification name"));
  EXPECT_THAT(messages("{name: a, type: pagerduty, secret: hunter22hunter22}"),
              AllOf(HasSubstr("secret in clear"), Not(HasSubstr("hunter22"))));
}

TEST_F(ReportingTest, CommitStatusOfASource) {
  const std::string source =
      "sources:\n  - name: apps\n    url: https://github.com/acme/apps.git\n    commitStatus: ";
  const auto reading = Read(source +
                            "{provider: gitea, token: {file: key}, apiUrl: 'https://h/api/v1',\n"
                            "      targetUrl: 'https://deploy.example.org'}\n");
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_EQ(reading->config.sources.at(0).commit_status,
            (CommitStatusSpec{
                "gitea", {Path("key"), ""}, "https://h/api/v1", "https://deploy.example.org"}));
  EXPECT_THAT(Messages(source + "{provider: github}\n"), HasSubstr("token"));
  EXPECT_THAT(Messages(source + "{provider: githup, token: {file: key}}\n"),
              HasSubstr("\"github\""));
  EXPECT_THAT(Messages(source + "{provider: github, token: hunter22}\n"),
              AllOf(HasSubstr("secret in clear"), Not(HasSubstr("hunter22"))));
  EXPECT_THAT(Messages(source + "{provider: github, token: {file: key}, apiUrl: 'ftp://h'}\n"),
              HasSubstr("not an address of the web"));
}

TEST_F(ReportingTest, WhereTracesGo) {
  const auto reading = Read(
      "telemetry: {otlp: {endpoint: 'http://127.0.0.1:4318',\n"
      "  headers: {Authorization: {file: key}, X-Tenant: acme}}}\n");
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_EQ(reading->config.otlp.endpoint, "http://127.0.0.1:4318");
  EXPECT_EQ(reading->config.otlp.headers.at("Authorization"),
            TextOrSecret(SecretRef{Path("key"), ""}));
  EXPECT_EQ(reading->config.otlp.headers.at("X-Tenant"), TextOrSecret("acme"));
  EXPECT_THAT(Messages("telemetry: {otlp: {endpoint: '127.0.0.1:4318'}}\n"),
              HasSubstr("not an address of the web"));
  EXPECT_THAT(Messages("telemetry: {otlp: {endpoint: 'http://h', headers: {'a b': c}}}\n"),
              HasSubstr("no name of a header"));
}

}  // namespace
}  // namespace gitops

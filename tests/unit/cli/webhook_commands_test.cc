#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_services.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::Not;

class WebhookCommandsTest : public testing::Test {
 protected:
  WebhookCommandsTest() {
    for (const char* provider : {"github", "gitlab", "gitea", "forgejo", "gogs", "bitbucket",
                                 "bitbucket-server", "generic"}) {
      SourceSpec source;
      source.name = std::string("on-") + provider;
      source.webhook = WebhookSpec{provider, {{"/etc/old.secret", ""}, {"/etc/new.secret", ""}}};
      services.config.sources.push_back(source);
    }
    SourceSpec plain;
    plain.name = "plain";
    services.config.sources.push_back(plain);
    services.config.server.listen = "127.0.0.1:9999";
  }

  CommandOutcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), "webhook");
    return RunLine(services, words);
  }

  FakeServices services;
};

TEST_F(WebhookCommandsTest, UrlTellsWhatToEnterForEachProvider) {
  for (const SourceSpec& source : services.config.sources) {
    if (!source.webhook) continue;
    const CommandOutcome outcome = Run({"url", source.name});
    EXPECT_EQ(outcome.exit_code, kExitDone) << outcome.error;
    EXPECT_THAT(outcome.out, HasSubstr("http://127.0.0.1:9999/hooks/" + source.webhook->provider +
                                       "/" + source.name + "\n"));
    EXPECT_THAT(outcome.out, HasSubstr("/etc/new.secret"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("old.secret")));
    EXPECT_THAT(outcome.out, HasSubstr("application/json"));
    EXPECT_THAT(outcome.error, HasSubstr("server.publicUrl"));
  }
}

TEST_F(WebhookCommandsTest, ThePublicUrlComesFirst) {
  services.config.server.public_url = "https://gitops.example.org/";
  const CommandOutcome outcome = Run({"url", "on-github"});
  EXPECT_THAT(outcome.out, HasSubstr("https://gitops.example.org/hooks/github/on-github\n"));
  EXPECT_EQ(outcome.error, "");
  const CommandOutcome json = Run({"url", "on-github", "-o", "json"});
  EXPECT_THAT(json.out, HasSubstr(R"("url": "https://gitops.example.org/hooks/github/on-github")"));
  EXPECT_THAT(json.out, HasSubstr(R"("secretVariable": null)"));
}

TEST_F(WebhookCommandsTest, TestTellsWhatTheDaemonAnswered) {
  const CommandOutcome good = Run({"test", "on-github"});
  EXPECT_EQ(good.exit_code, kExitDone);
  EXPECT_THAT(good.out, HasSubstr("the webhook works"));
  EXPECT_EQ(services.calls, (std::vector<std::string>{"probe on-github"}));
  const std::vector<std::pair<int, std::string>> refusals = {{401, "does not know the secret"},
                                                             {404, "does not serve this webhook"},
                                                             {429, "too many failed webhooks"},
                                                             {503, "cannot record"},
                                                             {418, "does not work"}};
  for (const auto& [status, text] : refusals) {
    services.webhook_answer = WebhookAnswer{"http://127.0.0.1:9999/hooks/github/on-github", status};
    const CommandOutcome outcome = Run({"test", "on-github"});
    EXPECT_EQ(outcome.exit_code, kExitFailed);
    EXPECT_THAT(outcome.error, HasSubstr(text));
    EXPECT_THAT(outcome.error, HasSubstr("answered " + std::to_string(status)));
  }
  services.webhook_answer = MakeError(ErrorKind::kTransient, "no daemon answers", "refused");
  EXPECT_THAT(Run({"test", "on-github"}).error, HasSubstr("no daemon answers"));
}

TEST_F(WebhookCommandsTest, OnlySourcesWithAWebhookCount) {
  EXPECT_THAT(Run({"url", "plain"}).error, HasSubstr("source has no webhook"));
  EXPECT_THAT(Run({"test", "plain"}).error, HasSubstr("openssl rand"));
  EXPECT_THAT(Run({"url", "on-githb"}).error, HasSubstr("did you mean \"on-github\"?"));
  EXPECT_EQ(Run({"test", "plain"}).exit_code, kExitFailed);
  EXPECT_TRUE(services.calls.empty());
  services.config.sources[0].webhook->secrets.clear();
  EXPECT_EQ(Run({"test", "on-github"}).exit_code, kExitFailed);
}

TEST_F(WebhookCommandsTest, WrongUses) {
  EXPECT_EQ(Run({"paste", "on-github"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"url"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"url", "../x"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"url", "a", "b"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace gitops

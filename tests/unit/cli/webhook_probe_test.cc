#include "engine/cli/webhook_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Keeps what was sent last, and answers one thing.
class OneAnswer : public WebClient {
 public:
  Result<WebResponse> Send(const WebRequest& request, std::stop_token) override {
    sent = request;
    return answer;
  }
  Result<WebResponse> answer = WebResponse();
  WebRequest sent;
};

class WebhookProbeTest : public ::testing::Test {
 protected:
  WebhookProbeTest() {
    source_.name = "apps";
    source_.webhook.emplace().provider = "github";
    web_.answer->status = 200;
  }
  Result<WebhookAnswer> Probe(const std::string& listen) {
    config_.server.listen = listen;
    return ProbeWebhook({config_, source_, secret_, "test-1", WallTime{}}, web_);
  }

  Config config_;
  SourceSpec source_;
  const Secret secret_{"hunter22-hunter22"};
  OneAnswer web_;
};

TEST_F(WebhookProbeTest, GoesWhereTheServerCanBeReached) {
  const std::pair<const char*, const char*> places[] = {
      {"127.0.0.1:8420", "127.0.0.1:8420"}, {"0.0.0.0:8420", "127.0.0.1:8420"},
      {"[::]:8420", "[::1]:8420"},          {"[::1]:8420", "[::1]:8420"},
      {":8420", "127.0.0.1:8420"},          {"10.1.2.3:80", "10.1.2.3:80"}};
  for (const auto& [listen, reached] : places) {
    const auto answer = Probe(listen);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->url, "http://" + std::string(listen) + "/hooks/github/apps");
    EXPECT_EQ(web_.sent.url.Reveal(), "http://" + std::string(reached) + "/hooks/github/apps");
  }
}

TEST_F(WebhookProbeTest, SendsWhatTheProviderWouldAndNoSecret) {
  config_.server.tls.emplace();
  ASSERT_TRUE(Probe("127.0.0.1:8420"));
  const WebRequest& sent = web_.sent;
  EXPECT_TRUE(sent.url.Reveal().starts_with("https://"));
  EXPECT_TRUE(sent.any_certificate);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_FALSE(sent.body.empty());
  bool is_signed = false;
  for (const auto& [name, value] : sent.headers) {
    is_signed = is_signed || name == "X-Hub-Signature-256";
    EXPECT_THAT(std::string(value.Reveal()), Not(HasSubstr("hunter22"))) << name;
  }
  EXPECT_TRUE(is_signed);
}

TEST_F(WebhookProbeTest, SaysHowToStartADaemonThatIsNotThere) {
  web_.answer = MakeError(ErrorKind::kTransient, "request failed", "Could not connect to server");
  const auto answer = Probe("127.0.0.1:8420");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().primary().summary, "no daemon answers");
  EXPECT_THAT(answer.error().ToString(), HasSubstr("Could not connect"));
  EXPECT_THAT(answer.error().ToString(), HasSubstr("tfgrid-compose serve"));
  web_.answer = MakeError(ErrorKind::kNotFound, "libcurl cannot be loaded");
  EXPECT_EQ(Probe("127.0.0.1:8420").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops

#include "sources/webhook_auth.h"

#include <gtest/gtest.h>

#include "engine/base/digest.h"
#include "sources/base64.h"
#include "sources/webhook_parse.h"
#include "sources/webhook_ping.h"
#include "tests/unit/sources/webhooks/sample_payloads.h"

namespace gitops {
namespace {

constexpr auto kAuthentic = WebhookAuthenticity::kAuthentic;
constexpr auto kRefused = WebhookAuthenticity::kRefused;

const Secret kSecret("It's a Secret to Everybody");
const Secret kOld("the one that was replaced");
const Secret kForeign("somebody else's secret");
constexpr std::string_view kBody = "Hello, World!";
constexpr std::string_view kHex =
    "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const WallTime kNow{std::chrono::seconds(1'800'000'000)};

WebhookKeys Keys(std::vector<Secret> secrets = {kSecret}) {
  return {.secrets = std::move(secrets), .comparison_key = Secret(std::string(32, 'r'))};
}

FakeHeaders Signed(WebhookProvider provider, const Secret& secret, std::string_view body = kBody) {
  FakeHeaders headers;
  for (const auto& [name, value] : SignWebhook(provider, secret, body, "d-1", kNow))
    headers.Set(name, value);
  return headers;
}

WebhookAuthenticity Check(WebhookProvider provider, const FakeHeaders& headers,
                          std::string_view body = kBody, const WebhookKeys& keys = Keys()) {
  return Authenticate(provider, keys, headers.Reader(), body, kNow);
}

TEST(WebhookAuthTest, GitHubsDocumentedExample) {
  const FakeHeaders headers{{"X-Hub-Signature-256", "sha256=" + std::string(kHex)}};
  EXPECT_EQ(Check(WebhookProvider::kGitHub, headers), kAuthentic);
}

TEST(WebhookAuthTest, W3EveryListedSecretIsTried) {
  for (const WebhookProvider provider : AllWebhookProviders()) {
    for (const Secret& secret : {kOld, kSecret}) {
      EXPECT_EQ(Check(provider, Signed(provider, secret), kBody, Keys({kOld, kSecret})), kAuthentic)
          << ToString(provider);
    }
    EXPECT_EQ(Check(provider, Signed(provider, kForeign), kBody, Keys({kOld, kSecret})), kRefused)
        << ToString(provider);
  }
}

TEST(WebhookAuthTest, W4NoSecretIsNeverNoCheck) {
  for (const WebhookProvider provider : AllWebhookProviders()) {
    for (const auto& keys : {Keys({}), Keys({Secret()})}) {
      EXPECT_EQ(Check(provider, Signed(provider, Secret()), kBody, keys), kRefused)
          << ToString(provider);
      EXPECT_EQ(Check(provider, FakeHeaders(), kBody, keys), kRefused) << ToString(provider);
    }
  }
}

TEST(WebhookAuthTest, AnotherBodyIsRefused) {
  for (const WebhookProvider provider : AllWebhookProviders()) {
    EXPECT_EQ(Check(provider, Signed(provider, kSecret), "Hello, World?"), kRefused)
        << ToString(provider);
  }
}

TEST(WebhookAuthTest, W3OnlyWholeHexIsASignature) {
  const std::string hex(kHex);
  std::string flipped = hex;
  flipped[0] = '6';
  for (const std::string& value :
       {std::string(), std::string("sha256="), "sha256=" + hex.substr(0, 62), "sha256=" + hex + "0",
        "sha256=" + hex.substr(0, 62) + "zz", "sha256=" + flipped, "sha256= " + hex, hex,
        "sha1=" + hex, "SHA256=" + hex}) {
    EXPECT_EQ(Check(WebhookProvider::kGitHub, {{"X-Hub-Signature-256", value}}), kRefused) << value;
  }
  EXPECT_EQ(Check(WebhookProvider::kGitea, {{"X-Gitea-Signature", "sha256=" + hex}}), kRefused);
}

TEST(WebhookAuthTest, W5Sha1AloneIsRefused) {
  // HMAC-SHA-1 of the documented example, computed with openssl.
  const FakeHeaders headers{{"X-Hub-Signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59"}};
  EXPECT_EQ(Check(WebhookProvider::kGitHub, headers), kRefused);
  EXPECT_EQ(Check(WebhookProvider::kBitbucket, headers), kRefused);
  EXPECT_EQ(Check(WebhookProvider::kBitbucketServer, headers), kRefused);
}

TEST(WebhookAuthTest, W5OnlyDataCentersUnsignedPingPasses) {
  const FakeHeaders ping{{"X-Event-Key", "diagnostics:ping"}};
  EXPECT_EQ(Check(WebhookProvider::kBitbucketServer, ping), WebhookAuthenticity::kUnsignedTest);
  EXPECT_EQ(Check(WebhookProvider::kBitbucket, ping), kRefused);
  EXPECT_EQ(Check(WebhookProvider::kGitHub, {{"X-GitHub-Event", "ping"}}), kRefused);
  EXPECT_EQ(Check(WebhookProvider::kBitbucketServer, {{"X-Event-Key", "repo:refs_changed"}}),
            kRefused);
  FakeHeaders badly_signed = ping;
  badly_signed.Set("X-Hub-Signature", "sha256=" + std::string(64, '0'));
  EXPECT_EQ(Check(WebhookProvider::kBitbucketServer, badly_signed), kRefused);
}

TEST(WebhookAuthTest, W1OnlyTheConfiguredProvidersHeaderCounts) {
  for (const WebhookProvider sender : AllWebhookProviders()) {
    for (const WebhookProvider route : AllWebhookProviders()) {
      const bool same_header =
          sender == route ||
          (sender == WebhookProvider::kBitbucket && route == WebhookProvider::kBitbucketServer) ||
          (sender == WebhookProvider::kBitbucketServer && route == WebhookProvider::kBitbucket) ||
          (sender == WebhookProvider::kGitea && route == WebhookProvider::kForgejo);
      EXPECT_EQ(Check(route, Signed(sender, kSecret)) == kAuthentic, same_header)
          << ToString(sender) << " to " << ToString(route);
    }
  }
  // Forgejo's own header counts where it is there, whatever the copies say.
  FakeHeaders both = Signed(WebhookProvider::kGitea, kSecret);
  both.Set("X-Forgejo-Signature", std::string(64, '0'));
  EXPECT_EQ(Check(WebhookProvider::kForgejo, both), kRefused);
}

TEST(WebhookAuthTest, GiteaSignsTheJsonInsideAForm) {
  const std::string json = "{\"a\": 1}";
  const std::string form = "payload=%7B%22a%22%3A+1%7D";
  for (const WebhookProvider provider :
       {WebhookProvider::kGitea, WebhookProvider::kForgejo, WebhookProvider::kGogs}) {
    FakeHeaders headers = Signed(provider, kSecret, json);
    headers.Set("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_EQ(Check(provider, headers, form), kAuthentic);
    EXPECT_EQ(Check(provider, headers, "payload=%7B%22a%22%3A+2%7D"), kRefused);
    EXPECT_EQ(Check(provider, headers, "x=1"), kRefused);
  }
  // GitHub signs the form as it is sent.
  FakeHeaders github = Signed(WebhookProvider::kGitHub, kSecret, form);
  github.Set("Content-Type", "application/x-www-form-urlencoded");
  EXPECT_EQ(Check(WebhookProvider::kGitHub, github, form), kAuthentic);
}

TEST(WebhookAuthTest, W3GitLabsTokenHasToBeWhole) {
  const std::string token(kSecret.Reveal());
  EXPECT_EQ(Check(WebhookProvider::kGitLab, {{"X-Gitlab-Token", token}}), kAuthentic);
  for (const std::string& wrong : {std::string(), token.substr(0, token.size() - 1), token + " ",
                                   token + token, std::string("It's a secret to everybody")}) {
    EXPECT_EQ(Check(WebhookProvider::kGitLab, {{"X-Gitlab-Token", wrong}}), kRefused) << wrong;
  }
}

FakeHeaders Standard(const Secret& key, std::int64_t seconds, const std::string& id = "d-1") {
  const std::string timestamp = std::to_string(seconds);
  const Sha256Bytes digest =
      HmacSha256(key.Reveal(), id + "." + timestamp + "." + std::string(kBody));
  const std::string bytes(digest.begin(), digest.end());
  return {{"webhook-id", id},
          {"webhook-timestamp", timestamp},
          {"webhook-signature", "v2,eA== v1,AAAA v1," + Base64Padded(bytes)}};
}

TEST(WebhookAuthTest, GitLabsNewerSignature) {
  EXPECT_EQ(Check(WebhookProvider::kGitLab, Standard(kSecret, 1'800'000'000)), kAuthentic);
  EXPECT_EQ(Check(WebhookProvider::kGitLab, Standard(kForeign, 1'800'000'000)), kRefused);
  FakeHeaders other_id = Standard(kSecret, 1'800'000'000);
  other_id.Set("webhook-id", "d-2");
  EXPECT_EQ(Check(WebhookProvider::kGitLab, other_id), kRefused);
  EXPECT_EQ(Check(WebhookProvider::kGitLab, Standard(kSecret, 1'800'000'000), "Hello"), kRefused);
  // "whsec_" and base64 is how such keys are written.
  const WebhookKeys keys = Keys({Secret("whsec_" + Base64Padded(kSecret.Reveal()))});
  EXPECT_EQ(Check(WebhookProvider::kGitLab, Standard(kSecret, 1'800'000'000), kBody, keys),
            kAuthentic);
}

TEST(WebhookAuthTest, W15WhatIsFiveMinutesOffIsRefused) {
  const auto at = [](std::int64_t seconds) {
    return Check(WebhookProvider::kGitLab, Standard(kSecret, seconds));
  };
  EXPECT_EQ(at(1'800'000'000 - 300), kAuthentic);
  EXPECT_EQ(at(1'800'000'000 - 301), WebhookAuthenticity::kStale);
  EXPECT_EQ(at(1'800'000'000 + 300), kAuthentic);
  EXPECT_EQ(at(1'800'000'000 + 301), WebhookAuthenticity::kStale);
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()), WebhookAuthenticity::kStale);
  // Beside a token the time counts too; without one there is nothing to check.
  FakeHeaders token{{"X-Gitlab-Token", std::string(kSecret.Reveal())}};
  EXPECT_EQ(Check(WebhookProvider::kGitLab, token), kAuthentic);
  for (const std::string old : {"1700000000", "soon", "", "1800000000x"}) {
    token.Set("webhook-timestamp", old);
    EXPECT_EQ(Check(WebhookProvider::kGitLab, token), WebhookAuthenticity::kStale) << old;
  }
}

TEST(WebhookPingTest, ItIsAPingForItsRouteAndHoldsNoSecret) {
  for (const WebhookProvider provider : AllWebhookProviders()) {
    const WebhookPing ping = MakeWebhookPing(provider, kSecret, "test-1", kNow);
    FakeHeaders headers;
    for (const auto& [name, value] : ping.headers) {
      headers.Set(name, value);
      EXPECT_EQ(value.find(kSecret.Reveal()), std::string::npos) << ToString(provider);
    }
    EXPECT_EQ(Check(provider, headers, ping.body), kAuthentic) << ToString(provider);
    const auto event = ParseWebhook(provider, headers.Reader(), ping.body);
    ASSERT_TRUE(event) << ToString(provider);
    EXPECT_EQ(event->kind, WebhookKind::kPing) << ToString(provider);
    EXPECT_EQ(DeliveryId(provider, headers.Reader()), "test-1") << ToString(provider);
  }
}

TEST(Sha256FromHexTest, OnlySixtyFourDigits) {
  EXPECT_EQ(Sha256FromHex(kHex), HmacSha256(kSecret.Reveal(), kBody));
  std::string upper(kHex);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(Sha256FromHex(upper), Sha256FromHex(kHex));
  EXPECT_FALSE(Sha256FromHex(""));
  EXPECT_FALSE(Sha256FromHex(kHex.substr(1)));
  EXPECT_FALSE(Sha256FromHex(std::string(63, '0') + "g"));
}

}  // namespace
}  // namespace gitops

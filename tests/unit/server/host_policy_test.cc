#include "engine/server/host_policy.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

bool Allows(const HostPolicy& policy, HttpHeaders headers) {
  HttpHead head;
  head.headers = std::move(headers);
  return policy.Refusal(head).empty();
}

TEST(HostPolicy, KnowsItsOwnNames) {
  const HostPolicy policy({"192.0.2.1:8420", "inner.example:8420"},
                          "https://gitops.example.org:8443");
  for (const char* host :
       {"localhost", "LOCALHOST:8420", "127.0.0.1", "[::1]:8420", "192.0.2.1:8420", "inner.example",
        "gitops.example.org", "gitops.example.org.:1"}) {
    EXPECT_TRUE(Allows(policy, {{"Host", host}})) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "xlocalhost", "192.0.2.2",
                           "127.0.0.1.evil.example", "example.org", "", "[::2]"}) {
    EXPECT_FALSE(Allows(policy, {{"Host", host}})) << host;
  }
}

TEST(HostPolicy, AWildcardAllowsAddressesButNoNames) {
  for (const char* listen : {"0.0.0.0:8420", "[::]:8420"}) {
    const HostPolicy policy({listen}, "");
    EXPECT_TRUE(Allows(policy, {{"Host", "192.0.2.9:8420"}}));
    EXPECT_TRUE(Allows(policy, {{"Host", "[2001:db8::1]:8420"}}));
    EXPECT_FALSE(Allows(policy, {{"Host", "evil.example:8420"}}));
  }
}

TEST(HostPolicy, AnOriginHasToBeOurs) {
  const HostPolicy policy({"127.0.0.1:8420"}, "https://gitops.example.org");
  const auto with = [&](const char* host, const char* origin) {
    return Allows(policy, {{"Host", host}, {"Origin", origin}});
  };
  EXPECT_TRUE(with("localhost:8420", "http://localhost:8420"));
  EXPECT_TRUE(with("gitops.example.org", "https://GitOps.example.org"));
  EXPECT_TRUE(with("127.0.0.1:8420", "https://gitops.example.org")) << "a proxy renames the host";
  EXPECT_FALSE(with("localhost:8420", "http://localhost:3000")) << "another service";
  EXPECT_FALSE(with("localhost:8420", "https://evil.example"));
  EXPECT_FALSE(with("localhost:8420", "null"));
  EXPECT_FALSE(with("localhost:8420", ""));
  EXPECT_FALSE(with("localhost:8420", "://localhost:8420x"));
  EXPECT_FALSE(Allows(
      policy,
      {{"Host", "localhost"}, {"Origin", "http://localhost"}, {"Origin", "https://evil.example"}}));
}

TEST(HostPolicy, FollowsThePublicUrl) {
  HostPolicy policy({"127.0.0.1:8420"}, "https://old.example.org");
  policy.SetPublicUrl("https://new.example.org");
  EXPECT_TRUE(Allows(policy, {{"Host", "new.example.org"}, {"Origin", "https://new.example.org"}}));
  EXPECT_TRUE(Allows(policy, {{"Host", "127.0.0.1:8420"}}));
  EXPECT_FALSE(Allows(policy, {{"Host", "old.example.org"}}));
  EXPECT_FALSE(Allows(policy, {{"Host", "localhost"}, {"Origin", "https://old.example.org"}}));
  policy.SetPublicUrl("");
  EXPECT_FALSE(Allows(policy, {{"Host", "new.example.org"}}));
}

TEST(HostPolicy, BelievesBrowsersThatSayCrossSite) {
  const HostPolicy policy({"127.0.0.1:8420"}, "");
  EXPECT_TRUE(Allows(policy, {{"Host", "localhost"}, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_TRUE(Allows(policy, {{"Host", "localhost"}, {"Sec-Fetch-Site", "none"}}));
  EXPECT_FALSE(Allows(policy, {{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_TRUE(Allows(policy, {})) << "HTTP/1.0 programs";
}

}  // namespace
}  // namespace gitops

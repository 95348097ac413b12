#include "sources/repository_key.h"

#include <gtest/gtest.h>

#include "sources/punycode.h"

namespace gitops {
namespace {

bool Same(const std::string& a, const std::string& b, PathStyle style = PathStyle::kPlain) {
  const auto first = RepositoryKeyOf(a, style);
  const auto second = RepositoryKeyOf(b, style);
  return first && second && IsSameRepository(*first, *second) && IsSameRepository(*second, *first);
}

/// The reports of missed webhooks against Argo CD, by number.
TEST(RepositoryKeyTest, ReportedSpellingsAreOneRepository) {
  // 2988: an SSH user that is not "git".
  EXPECT_TRUE(Same("alex@github.com:acme/apps.git", "git@github.com:acme/apps.git"));
  // 2866: a port for SSH.
  EXPECT_TRUE(
      Same("ssh://git@git.example.org:2222/acme/apps", "https://git.example.org/acme/apps"));
  // 4532: a port for HTTP.
  EXPECT_TRUE(
      Same("http://git.example.org:3000/acme/apps.git", "http://git.example.org:3000/acme/apps"));
  EXPECT_TRUE(Same("https://git.example.org:443/acme/apps", "https://git.example.org/acme/apps"));
  // 19314: SSH over the port of HTTPS, under another name.
  EXPECT_TRUE(Same("ssh://git@ssh.github.com:443/acme/apps.git", "git@github.com:acme/apps.git"));
  EXPECT_TRUE(Same("git@altssh.gitlab.com:acme/apps", "https://gitlab.com/acme/apps"));
  EXPECT_TRUE(
      Same("ssh://git@altssh.bitbucket.org:443/acme/apps", "https://bitbucket.org/acme/apps"));
  // 15700: a user in an HTTPS URL.
  EXPECT_TRUE(
      Same("https://robot:pass@git.example.org/acme/apps", "https://git.example.org/acme/apps"));
  // 16854: Azure writes v3 for SSH and _git for HTTPS.
  EXPECT_TRUE(
      Same("git@ssh.dev.azure.com:v3/acme/web/apps", "https://dev.azure.com/acme/web/_git/apps"));
  EXPECT_TRUE(Same("https://acme@dev.azure.com/acme/web/_git/apps",
                   "git@ssh.dev.azure.com:v3/acme/web/apps"));
  // Nested groups, capitals, ".git" on one side.
  EXPECT_TRUE(
      Same("git@gitlab.com:acme/team/sub/apps.git", "https://gitlab.com/acme/team/sub/apps"));
  EXPECT_TRUE(Same("https://GitHub.com/Acme/Apps", "git@github.com:acme/apps.git"));
}

TEST(RepositoryKeyTest, FormsThatMeanTheSame) {
  EXPECT_TRUE(Same("https://git.example.org./acme//apps/", "https://git.example.org/acme/apps"));
  EXPECT_TRUE(
      Same("https://git.example.org/acme/%61pps.git?x=1#y", "git@git.example.org:/acme/apps"));
  EXPECT_TRUE(Same("git://git.example.org/acme/apps", "https://git.example.org/acme/apps"));
  EXPECT_TRUE(Same("ssh://git@[::1]:2222/acme/apps", "https://[::1]/acme/apps"));
  EXPECT_TRUE(
      Same("https://b\xc3\xbc"
           "cher.example/acme/apps",
           "https://xn--bcher-kva.example/acme/apps"));
}

TEST(RepositoryKeyTest, DataCenterHasOneKeyForItsForms) {
  constexpr PathStyle kServer = PathStyle::kBitbucketServer;
  EXPECT_TRUE(Same("https://git.example.org/scm/ACME/apps.git",
                   "ssh://git@git.example.org:7999/acme/apps.git", kServer));
  EXPECT_TRUE(Same("https://git.example.org/scm/~ann/apps", "ssh://git@git.example.org/~ann/apps",
                   kServer));
  EXPECT_FALSE(Same("https://git.example.org/scm/acme/apps", "https://git.example.org/acme/apps"))
      << "elsewhere scm is a group like any other";
}

TEST(RepositoryKeyTest, LookAlikesAreOthers) {
  const std::string own = "https://github.com/acme/apps.git";
  for (const std::string other :
       {"https://github.com/acme/apps2", "https://github.com/acme/app", "https://github.com/acme",
        "https://github.com/acme/apps/more", "https://github.com/x/acme/apps",
        "https://github.com.evil.example/acme/apps", "https://evil.example/github.com/acme/apps",
        "https://github.com@evil.example/acme/apps", "https://evilgithub.com/acme/apps",
        "https://github.com/acme/apps.git.git", "https://github.com:8443/acme/apps",
        "https://github.com%2facme/apps", "https://github.com/acme%2f..%2facme/apps",
        "https://git.hub.com/acme/apps", "https://github.com/acme/.git", "https://github.com/"}) {
    EXPECT_FALSE(Same(own, other)) << other;
  }
}

TEST(RepositoryKeyTest, WhatIsNoRemoteRepositoryHasNoKey) {
  for (const std::string& url : {std::string(),
                                 std::string("file:///srv/apps"),
                                 std::string("/srv/apps"),
                                 std::string("ext::sh -c id"),
                                 std::string("-oProxyCommand=x:y"),
                                 std::string("apps"),
                                 std::string("./a:b"),
                                 std::string("ftp://host/a"),
                                 std::string("https://host"),
                                 std::string("https:///a"),
                                 std::string("https://host/../a"),
                                 std::string("https://host/a/...git"),
                                 std::string("https://host/%2e%2e/a"),
                                 std::string("https://host/a%00b"),
                                 std::string("https://host/a\nb"),
                                 std::string("https://host/%zz"),
                                 std::string("https://host:x/a"),
                                 std::string("https://host:999999/a"),
                                 std::string("https://\xff\xfe/a"),
                                 std::string("https://[::1/a"),
                                 std::string("https://-host/a"),
                                 "https://host/" + std::string(3000, 'a')}) {
    EXPECT_FALSE(RepositoryKeyOf(url, PathStyle::kPlain)) << url;
  }
}

TEST(PunycodeTest, TheExamplesOfTheStandard) {
  // RFC 3492 §7.1 (A), (B) and (I) without its capitals, and labels in common use.
  EXPECT_EQ(AsciiHost("\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84"
                      "\xd9\x85\xd9\x88\xd8\xb4\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\x9f"),
            "xn--egbpdaj6bu4bxfgehfvwxn");
  EXPECT_EQ(AsciiHost("\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8"
                      "\xaf\xb4\xe4\xb8\xad\xe6\x96\x87"),
            "xn--ihqwcrb4cv8a8dqg056pqjye");
  EXPECT_EQ(AsciiHost("M\xc3\xbcnchen.DE"), "xn--mnchen-3ya.de");
  EXPECT_EQ(AsciiHost("Plain.Example"), "plain.example");
  EXPECT_FALSE(AsciiHost("\xc3"));
  EXPECT_FALSE(AsciiHost("\xed\xa0\x80"));
  EXPECT_FALSE(AsciiHost(std::string(300, 'a')));
}

}  // namespace
}  // namespace gitops

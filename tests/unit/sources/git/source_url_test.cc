#include "sources/source_url.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

struct GoodUrl {
  const char* text;
  UrlKind kind;
  const char* user;
  const char* host;
  int port;
  const char* path;
};

TEST(SourceUrl, AcceptsEveryFormOfTheConfiguration) {
  const GoodUrl table[] = {
      {"/srv/git/apps.git", UrlKind::kPath, "", "", 0, "/srv/git/apps.git"},
      {"/srv/git/apps/", UrlKind::kPath, "", "", 0, "/srv/git/apps"},
      {"/srv/with space/é", UrlKind::kPath, "", "", 0, "/srv/with space/é"},
      {"file:///srv/a%20b", UrlKind::kPath, "", "", 0, "/srv/a b"},
      {"file://localhost/srv/a", UrlKind::kPath, "", "", 0, "/srv/a"},
      {"https://example.org/acme/apps.git", UrlKind::kHttps, "", "example.org", 443,
       "/acme/apps.git"},
      {"HTTPS://Example.ORG:8443/a", UrlKind::kHttps, "", "example.org", 8443, "/a"},
      {"http://127.0.0.1:8080/a", UrlKind::kHttp, "", "127.0.0.1", 8080, "/a"},
      {"https://[::1]:8443/a", UrlKind::kHttps, "", "::1", 8443, "/a"},
      {"ssh://git@example.org/a.git", UrlKind::kSsh, "git", "example.org", 22, "/a.git"},
      {"ssh://example.org:2222/~me/a", UrlKind::kSsh, "", "example.org", 2222, "/~me/a"},
      {"git@example.org:acme/apps.git", UrlKind::kSsh, "git", "example.org", 22, "acme/apps.git"},
      {"example.org:a", UrlKind::kSsh, "", "example.org", 22, "a"},
  };
  for (const GoodUrl& row : table) {
    const Result<ParsedUrl> url = CheckSourceUrl(row.text);
    ASSERT_TRUE(url) << row.text << ": " << url.error().ToString();
    EXPECT_EQ(url->kind, row.kind) << row.text;
    EXPECT_EQ(url->user, row.user) << row.text;
    EXPECT_EQ(url->host, row.host) << row.text;
    EXPECT_EQ(url->EffectivePort(), row.port) << row.text;
    EXPECT_EQ(url->path, row.path) << row.text;
  }
  EXPECT_EQ(CheckSourceUrl("HTTPS://e.org/a")->text, "https://e.org/a");
  EXPECT_EQ(CheckSourceUrl("file:///a%20b/")->text, "/a b");
}

TEST(SourceUrl, RefusesWhatIsUnsafe) {
  const char* const table[] = {
      "",
      "-oProxyCommand=x",
      "--upload-pack=id",
      "ext::sh -c id",
      "fd::17",
      "git://example.org/a",
      "ftp://example.org/a",
      "relative/path",
      "./here",
      "~/apps",
      "/srv/../etc",
      "file://other/srv/a",
      "file:///srv/%2e%2e/etc",
      "file:///srv/%0a",
      "file:///srv/%zz",
      "https://a\nb/c",
      "https:///a",
      "https://example.org",
      "https://example.org/",
      "https://-x/a",
      "https://example.org:0/a",
      "https://example.org:99999/a",
      "https://example.org:1x/a",
      "https://example.org/a?b=c",
      "https://example.org/a#b",
      "https://example.org/a b",
      "https://example.org/%00",
      "https://example.org/a/../../b",
      "https://example.org/%2e%2e/b",
      "https://exa$mple.org/a",
      "https://token@example.org/a",
      "https://user:pass@example.org/a",
      "http://user:pass@example.org/a",
      "ssh://git:pass@example.org/a",
      "ssh://-oProxyCommand=x/a",
      "ssh://-user@example.org/a",
      "ssh://git@example.org/a;id",
      "ssh://git@example.org/$(id)",
      "ssh://git@example.org/'a'",
      "git@example.org:a b",
      "git@example.org:-x",
      "git@-x:a",
      "git@example.org:",
      "git@example.org:../../a",
      "https://[::1/a",
      "https://[zz]/a",
  };
  for (const char* text : table) {
    const Result<ParsedUrl> url = CheckSourceUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::kInvalid) << text;
    EXPECT_FALSE(url.error().primary().detail.empty()) << text;
  }
  EXPECT_FALSE(CheckSourceUrl("https://e.org/" + std::string(3000, 'a')));
  EXPECT_FALSE(CheckSourceUrl(std::string_view("/srv/\0x", 7)));
}

TEST(SourceUrl, ErrorsNeverShowCredentials) {
  for (const char* text :
       {"https://hunter2@example.org/a", "https://me:hunter2@example.org/a",
        "ssh://me:hunter2@example.org/a", "ftp://me:hunter2@example.org/a",
        "https://me:hunter2%2Fx@example.org/a", "https://me:a/hunter2@example.org/a",
        "https://me:a@hunter2@example.org/a", "git://me:hunter2@example.org",
        "https://me:hunter2/a/b@example.org/a", "https://me:hunter2\n@example.org/a"}) {
    const Result<ParsedUrl> url = CheckSourceUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().ToString().find("hunter2"), std::string::npos) << url.error().ToString();
  }
}

TEST(SourceUrl, ALongUrlIsCutWithoutItsPassword) {
  const Result<ParsedUrl> url =
      CheckSourceUrl("https://me:" + std::string(3000, 'h') + "@example.org/a");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().ToString().find("hhhh"), std::string::npos);
  EXPECT_LT(CheckSourceUrl("https://e.org/" + std::string(3000, 'a')).error().ToString().size(),
            500U);
}

TEST(SourceUrl, ErrorsAreOneLineAndSayWhatHelps) {
  for (const char* text : {"https://a\nb/c", "ftp://e.org/a", "ext::sh -c id", "https://e.org",
                           "https://e.org/a?b", "ssh://git@e.org/$(id)", "/srv/../etc", "x\x1b"}) {
    const Result<ParsedUrl> url = CheckSourceUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_FALSE(url.error().primary().hint.empty()) << text;
    EXPECT_EQ(url.error().ToString().find_first_of("\n\x1b"), std::string::npos) << text;
  }
}

TEST(SourceUrl, RedactKeepsWhatIsNoSecret) {
  EXPECT_EQ(RedactUrl("https://u:p@e.org/a"), "https://e.org/a");
  EXPECT_EQ(RedactUrl("https://e.org/a@b"), "https://e.org/a@b");
  EXPECT_EQ(RedactUrl("ssh://git@e.org/a"), "ssh://git@e.org/a");
  EXPECT_EQ(RedactUrl("ssh://git:p@e.org/a"), "ssh://e.org/a");
  EXPECT_EQ(RedactUrl("git@e.org:a"), "git@e.org:a");
  EXPECT_EQ(RedactUrl("/srv/a@b"), "/srv/a@b");
}

TEST(RefName, AcceptsNamesAndRefusesExpressions) {
  for (const char* name : {"main", "release/1.2", "v1.0.0", "feature/a_b+c", "ünïcode", "a@b"}) {
    EXPECT_TRUE(CheckRefName(name)) << name;
  }
  for (const char* name : {"",
                           "-x",
                           "a b",
                           "refs/heads/..",
                           "refs/heads/main",
                           "@{-1}",
                           "@",
                           "HEAD",
                           ":/x",
                           "^{/(a+)+$}",
                           "HEAD~99999999",
                           "a^",
                           "a..b",
                           "a//b",
                           "/a",
                           "a/",
                           ".a",
                           "a/.b",
                           "a.lock",
                           "a.lock/b",
                           "a.",
                           "a\\b",
                           "a*",
                           "a?",
                           "a[b",
                           "a\nb",
                           "a\x7f"}) {
    const Status status = CheckRefName(name);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(CheckRefName(std::string(300, 'a')));
}

}  // namespace
}  // namespace gitops

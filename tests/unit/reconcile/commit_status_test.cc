#include "engine/reconcile/commit_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

const std::string kCommit(40, 'a');

struct Case {
  std::string provider;
  std::string url;
  std::string expected_url;
  std::string expected_body;
  std::string header;
  std::string value;
};

SourceSpec Source(const std::string& provider, const std::string& url) {
  SourceSpec source;
  source.name = "apps";
  source.url = url;
  source.commit_status = CommitStatusSpec{provider, {"/token", ""}, "", ""};
  return source;
}

Notification Status(NotificationKind kind = NotificationKind::kStatusSuccess) {
  return {kind, "apps", AppId{"production", "web"}, {"main", Oid('a')}, 7, "applied", At(5)};
}

std::string HeaderOf(const WebRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return std::string(value.Reveal());
  }
  return "";
}

class CommitStatusCases : public ::testing::TestWithParam<Case> {};

TEST_P(CommitStatusCases, EachForgeGetsWhatItDocuments) {
  const Case& row = GetParam();
  const auto request =
      CommitStatusRequest(Source(row.provider, row.url), Status(), Secret("T0KEN"));
  ASSERT_TRUE(request) << request.error().ToString();
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->url.Reveal(), row.expected_url);
  EXPECT_EQ(request->body, row.expected_body);
  EXPECT_EQ(HeaderOf(*request, row.header), row.value);
  EXPECT_EQ(HeaderOf(*request, "Content-Type"), "application/json");
}

const std::string kPlainBody =
    R"({"state":"success","context":"tfgrid-compose/production/web","description":"applied"})";

std::string BitbucketBody(const std::string& link) {
  return R"({"state":"SUCCESSFUL","key":"074f3e259b9f7ca6ffa082e26fafaf8ce4db3949","name":"tfgrid-compose/production/web","url":")" +
         link + R"(","description":"applied"})";
}

INSTANTIATE_TEST_SUITE_P(
    Forges, CommitStatusCases,
    ::testing::Values(
        Case{"github", "https://github.com/acme/apps.git",
             "https://api.github.com/repos/acme/apps/statuses/" + kCommit, kPlainBody,
             "Authorization", "Bearer T0KEN"},
        Case{"github", "ssh://git@ssh.github.com:443/acme/apps.git",
             "https://api.github.com/repos/acme/apps/statuses/" + kCommit, kPlainBody,
             "X-GitHub-Api-Version", "2022-11-28"},
        Case{"github", "git@github.example.org:acme/apps.git",
             "https://github.example.org/api/v3/repos/acme/apps/statuses/" + kCommit, kPlainBody,
             "Accept", "application/vnd.github+json"},
        Case{
            "gitlab", "https://gitlab.com/acme/team/apps.git",
            "https://gitlab.com/api/v4/projects/acme%2Fteam%2Fapps/statuses/" + kCommit,
            R"({"state":"success","name":"tfgrid-compose/production/web","description":"applied"})",
            "PRIVATE-TOKEN", "T0KEN"},
        Case{"gitea", "https://git.example.org/acme/apps",
             "https://git.example.org/api/v1/repos/acme/apps/statuses/" + kCommit, kPlainBody,
             "Authorization", "token T0KEN"},
        Case{"forgejo", "git@codeberg.org:acme/apps.git",
             "https://codeberg.org/api/v1/repos/acme/apps/statuses/" + kCommit, kPlainBody,
             "Authorization", "token T0KEN"},
        Case{"bitbucket", "https://bitbucket.org/acme/apps.git",
             "https://api.bitbucket.org/2.0/repositories/acme/apps/commit/" + kCommit +
                 "/statuses/build",
             BitbucketBody("https://bitbucket.org/acme/apps"), "Authorization", "Bearer T0KEN"},
        Case{"bitbucket-server", "https://bb.example.org/scm/ACME/apps.git",
             "https://bb.example.org/rest/api/1.0/projects/ACME/repos/apps/commits/" + kCommit +
                 "/builds",
             BitbucketBody("https://bb.example.org/ACME/apps"), "Authorization", "Bearer T0KEN"}));

TEST(CommitStatus, EveryStateHasTheForgesWord) {
  const auto state = [](const std::string& provider, NotificationKind kind) {
    const auto request = CommitStatusRequest(Source(provider, "https://x.example/acme/apps"),
                                             Status(kind), Secret("t"));
    const std::string& body = request->body;
    return body.substr(10, body.find('"', 10) - 10);
  };
  for (const char* provider : {"github", "gitea", "forgejo"}) {
    EXPECT_EQ(state(provider, NotificationKind::kStatusPending), "pending");
    EXPECT_EQ(state(provider, NotificationKind::kStatusFailure), "failure");
  }
  EXPECT_EQ(state("gitlab", NotificationKind::kStatusPending), "running");
  EXPECT_EQ(state("gitlab", NotificationKind::kStatusFailure), "failed");
  for (const char* provider : {"bitbucket", "bitbucket-server"}) {
    EXPECT_EQ(state(provider, NotificationKind::kStatusPending), "INPROGRESS");
    EXPECT_EQ(state(provider, NotificationKind::kStatusFailure), "FAILED");
  }
}

TEST(CommitStatus, ConfiguredAddressesAreUsed) {
  SourceSpec source = Source("gitea", "git@git.example.org:acme/apps.git");
  source.commit_status->api_url = "http://127.0.0.1:3000/api/v1/";
  source.commit_status->target_url = "https://deploy.example.org/";
  const auto request = CommitStatusRequest(source, Status(), Secret("t"));
  EXPECT_EQ(request->url.Reveal(),
            "http://127.0.0.1:3000/api/v1/repos/acme/apps/statuses/" + kCommit);
  EXPECT_THAT(request->body, HasSubstr(R"("target_url":"https://deploy.example.org/")"));
}

TEST(CommitStatus, DescriptionsAreShortAndWholeCharacters) {
  Notification status = Status(NotificationKind::kStatusFailure);
  for (int i = 0; i < 100; ++i) status.message += "ä";
  const auto request =
      CommitStatusRequest(Source("github", "https://github.com/a/b"), status, Secret("t"));
  const std::size_t from = request->body.find("description\":\"") + 14;
  const std::string text = request->body.substr(from, request->body.size() - from - 2);
  EXPECT_LE(text.size(), 140U);
  EXPECT_EQ(text.substr(text.size() - 5), "ä...");
}

TEST(CommitStatus, ARepositoryOnAPathIsAtNoForge) {
  for (const char* url : {"/srv/apps.git", "https://github.com/apps.git"}) {
    const auto request = CommitStatusRequest(Source("github", url), Status(), Secret("t"));
    ASSERT_FALSE(request) << url;
    EXPECT_EQ(request.error().kind, ErrorKind::kInvalid);
  }
}

TEST(CommitStatus, NothingOfAnAddressBecomesAnotherPath) {
  const auto request = CommitStatusRequest(
      Source("github", "https://github.com/acme/a%2f..%2fb?x#y"), Status(), Secret("t"));
  if (request) {
    const std::string url(request->url.Reveal());
    EXPECT_EQ(url.find("/../"), std::string::npos) << url;
    EXPECT_EQ(url.find_first_of("?#"), std::string::npos) << url;
  }
}

TEST(CommitStatus, GitLabRefusesWhatItHasAlready) {
  WebResponse response;
  response.status = 400;
  response.body = R"({"message":"Cannot transition status via :run from :running"})";
  EXPECT_TRUE(IsAlreadySet("gitlab", response));
  EXPECT_FALSE(IsAlreadySet("github", response));
  response.body = "bad";
  EXPECT_FALSE(IsAlreadySet("gitlab", response));
}

TEST(CommitStatus, TargetsAreNamedByTheirSource) {
  EXPECT_EQ(SourceOfTarget(CommitStatusTarget("apps")), "apps");
  EXPECT_EQ(SourceOfTarget("chat"), "");
}

}  // namespace
}  // namespace gitops

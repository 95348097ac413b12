#include "sources/webhook_match.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

WebhookEvent Push(const std::string& branch, const std::string& url) {
  WebhookEvent event;
  event.kind = WebhookKind::kPush;
  RefChange change;
  change.name = branch;
  event.changes.push_back(change);
  event.repository.emplace();
  if (!url.empty()) event.repository->urls.push_back(url);
  return event;
}

SourceSpec Source(const std::string& url = "https://github.com/acme/apps.git") {
  SourceSpec source;
  source.name = "apps";
  source.url = url;
  source.url_kind = UrlKind::kHttps;
  return source;
}

bool Concerns(const WebhookEvent& event, const SourceSpec& source = Source(),
              WebhookProvider provider = WebhookProvider::kGitHub) {
  const WebhookMatch match = MatchWebhook(event, provider, source);
  EXPECT_EQ(match.concerns, match.why.empty());
  return match.concerns;
}

TEST(WebhookMatchTest, ThePushOfItsBranchConcernsASource) {
  EXPECT_TRUE(Concerns(Push("main", "git@github.com:acme/apps.git")));
  EXPECT_FALSE(Concerns(Push("other", "git@github.com:acme/apps.git")));
  EXPECT_FALSE(Concerns(Push("main", "git@github.com:acme/apps2.git")));
  EXPECT_FALSE(Concerns(Push("main", "")));
}

TEST(WebhookMatchTest, W11OneOfManyRefsIsEnough) {
  WebhookEvent event = Push("other", "https://github.com/acme/apps");
  RefChange change;
  change.name = "main";
  event.changes.push_back(change);
  EXPECT_TRUE(Concerns(event));
}

TEST(WebhookMatchTest, W11ATagOfTheSameNameIsNotTheBranch) {
  WebhookEvent event = Push("v1", "https://github.com/acme/apps");
  SourceSpec source = Source();
  source.ref = "v1";
  EXPECT_TRUE(Concerns(event, source));
  source.ref_kind = RefKind::kTag;
  EXPECT_FALSE(Concerns(event, source));
  event.changes.at(0).kind = RefKind::kTag;
  EXPECT_TRUE(Concerns(event, source));
}

TEST(WebhookMatchTest, W12ADeletedRefIsLookedAtToo) {
  WebhookEvent event = Push("main", "https://github.com/acme/apps");
  event.changes.at(0).deleted = true;
  EXPECT_TRUE(Concerns(event)) << "the look says that the ref is gone; nothing is destroyed";
}

TEST(WebhookMatchTest, EventsThatMoveNoRefConcernNobody) {
  for (const WebhookKind kind : {WebhookKind::kPullRequest, WebhookKind::kPing, WebhookKind::kOther,
                                 WebhookKind::kRepositoryMoved}) {
    WebhookEvent event = Push("main", "https://github.com/acme/apps");
    event.kind = kind;
    EXPECT_FALSE(Concerns(event)) << ToString(kind);
  }
  for (const WebhookKind kind : {WebhookKind::kRefCreated, WebhookKind::kRefDeleted}) {
    WebhookEvent event = Push("main", "https://github.com/acme/apps");
    event.kind = kind;
    EXPECT_TRUE(Concerns(event)) << ToString(kind);
  }
}

TEST(WebhookMatchTest, ASourceAtACommitNeverMoves) {
  SourceSpec source = Source();
  source.ref_kind = RefKind::kCommit;
  source.ref = std::string(40, 'a');
  WebhookEvent event = Push("main", "https://github.com/acme/apps");
  event.any_ref = true;
  EXPECT_FALSE(Concerns(event, source));
}

/// Reports 8669 and 7657 against Argo CD: a server with one name for SSH and another for the web.
TEST(WebhookMatchTest, MoreUrlsCanBeConfigured) {
  SourceSpec source = Source("ssh://git@ssh.example.org/acme/apps.git");
  const WebhookEvent event = Push("main", "https://web.example.org/git/acme/apps.git");
  EXPECT_FALSE(Concerns(event, source));
  source.webhook_match = {"https://web.example.org/git/acme/apps"};
  EXPECT_TRUE(Concerns(event, source));
  EXPECT_FALSE(Concerns(Push("main", "https://web.example.org/acme/apps"), source));
}

TEST(WebhookMatchTest, ARepositoryOnAPathIsNotChecked) {
  SourceSpec source = Source("/srv/git/apps.git");
  source.url_kind = UrlKind::kPath;
  EXPECT_TRUE(Concerns(Push("main", "http://localhost:3000/acme/apps"), source));
  source.webhook_match = {"https://git.example.org/acme/apps"};
  EXPECT_FALSE(Concerns(Push("main", "http://localhost:3000/acme/apps"), source));
}

TEST(WebhookMatchTest, DataCenterWithoutUrlsIsKnownByKeyAndSlug) {
  constexpr WebhookProvider kServer = WebhookProvider::kBitbucketServer;
  WebhookEvent event = Push("main", "");
  event.repository->project_key = "ACME";
  event.repository->slug = "apps";
  EXPECT_TRUE(Concerns(event, Source("https://git.example.org/scm/acme/apps.git"), kServer));
  EXPECT_TRUE(Concerns(event, Source("ssh://git@git.example.org:7999/acme/apps.git"), kServer));
  EXPECT_FALSE(Concerns(event, Source("https://git.example.org/scm/acme/apps2.git"), kServer));
  event.repository->urls = {"https://elsewhere.example/scm/acme/apps.git"};
  EXPECT_FALSE(Concerns(event, Source("https://git.example.org/scm/acme/apps.git"), kServer));
}

TEST(WebhookMatchTest, APayloadWithoutARepositoryIsBelieved) {
  WebhookEvent event = Push("main", "");
  event.repository.reset();
  EXPECT_TRUE(Concerns(event));
}

}  // namespace
}  // namespace gitops

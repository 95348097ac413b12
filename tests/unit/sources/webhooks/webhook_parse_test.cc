#include "sources/webhook_parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/sources/webhooks/sample_payloads.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<WebhookEvent> Parse(WebhookProvider provider, const std::string& header,
                           const std::string& event, const std::string& body) {
  const FakeHeaders headers{{header, event}};
  return ParseWebhook(provider, headers.Reader(), body);
}
Result<WebhookEvent> GitHub(const std::string& event, const std::string& body) {
  return Parse(WebhookProvider::kGitHub, "X-GitHub-Event", event, body);
}
Result<WebhookEvent> GitLab(const std::string& event, const std::string& body) {
  return Parse(WebhookProvider::kGitLab, "X-Gitlab-Event", event, body);
}
Result<WebhookEvent> Server(const std::string& event, const std::string& body) {
  return Parse(WebhookProvider::kBitbucketServer, "X-Event-Key", event, body);
}

TEST(WebhookParseTest, APushOfEachProviderSaysTheSame) {
  for (const SamplePayload& sample : SamplePushes()) {
    const auto event = Parse(sample.provider, sample.event_header, sample.event, sample.body);
    ASSERT_TRUE(event) << ToString(sample.provider) << event.error().ToString();
    EXPECT_EQ(event->kind, WebhookKind::kPush) << ToString(sample.provider);
    RefChange main;
    main.name = "main";
    main.before = kBefore;
    main.after = kAfter;
    EXPECT_EQ(event->changes, std::vector<RefChange>{main}) << ToString(sample.provider);
    EXPECT_EQ(Summarize(*event), "branch main aaaaaaa..bbbbbbb") << ToString(sample.provider);
  }
}

TEST(WebhookParseTest, W11ATagIsNoBranch) {
  const auto tag = GitHub("push", GitHubPush("refs/tags/v1", kZero));
  ASSERT_TRUE(tag);
  EXPECT_EQ(tag->changes.at(0).kind, RefKind::kTag);
  EXPECT_TRUE(tag->changes.at(0).created);
  EXPECT_EQ(Summarize(*tag), "tag v1 created bbbbbbb");
  const auto branch = GitHub("push", GitHubPush("refs/heads/v1"));
  EXPECT_EQ(branch->changes.at(0).kind, RefKind::kBranch);
  EXPECT_EQ(branch->changes.at(0).name, tag->changes.at(0).name);
}

TEST(WebhookParseTest, W11EveryRefOfADeliveryIsRead) {
  const auto event =
      Parse(WebhookProvider::kBitbucket, "X-Event-Key", "repo:push",
            BitbucketPush(R"({"old":null,"new":)" + BitbucketEnd("branch", "a", kAfter) + "}," +
                          R"({"new":null,"old":)" + BitbucketEnd("tag", "v1", kBefore) + "}," +
                          R"({"new":)" + BitbucketEnd("bookmark", "x", kAfter) + "}," +
                          R"({"forced":true,"old":)" + BitbucketEnd("branch", "b", kBefore) +
                          R"(,"new":)" + BitbucketEnd("branch", "b", kAfter) + "}"));
  ASSERT_TRUE(event) << event.error().ToString();
  ASSERT_EQ(event->changes.size(), 3U);
  EXPECT_TRUE(event->changes.at(0).created);
  EXPECT_EQ(event->changes.at(1).kind, RefKind::kTag);
  EXPECT_TRUE(event->changes.at(1).deleted);
  EXPECT_TRUE(event->changes.at(2).forced);
  EXPECT_THAT(Summarize(*event), HasSubstr("branch a created"));
}

TEST(WebhookParseTest, W10WhatTheFilesAreIsOnlySaidWhenItIsKnown) {
  EXPECT_THAT(GitHub("push", GitHubPush("refs/heads/main"))->changed_files,
              testing::Optional(ElementsAre("a", "b")));
  const std::string whole = GitHubPush("refs/heads/main");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string body = whole;
    body.replace(body.find(from), from.size(), to);
    const auto event = GitHub("push", body);
    EXPECT_TRUE(event) << body;
    return event->changed_files;
  };
  const std::string commits = R"("commits":[{"added":["b"],"modified":["a"],"removed":[]}])";
  EXPECT_FALSE(with(commits, R"("commits":null)"));
  EXPECT_FALSE(with(commits, R"("commits":[])"));
  EXPECT_FALSE(with(commits, R"("commits":[{"added":["b"],"modified":null,"removed":[]}])"));
  EXPECT_FALSE(with(commits, R"("commits":[{"added":[7],"modified":[],"removed":[]}])"));
  EXPECT_FALSE(with(commits, commits + R"(,"forced":true)"));
  EXPECT_FALSE(with(commits, commits + R"(,"total_commits":2)"));
  EXPECT_FALSE(with(kBefore, kZero));
  EXPECT_FALSE(with(kAfter, kZero));
  std::string gitlab = GitLabPush("refs/heads/main");
  EXPECT_TRUE(GitLab("Push Hook", gitlab)->changed_files);
  gitlab.replace(gitlab.find("count\":1"), 8, "count\":9");
  EXPECT_FALSE(GitLab("Push Hook", gitlab)->changed_files);
}

TEST(WebhookParseTest, W12ADeletedRefIsSaidAndNothingMore) {
  for (const auto& event :
       {GitHub("push", GitHubPush("refs/heads/main", kBefore, kZero)),
        Server("repo:refs_changed", BitbucketServerPush("refs/heads/main", "DELETE", ""))}) {
    ASSERT_TRUE(event);
    EXPECT_TRUE(event->changes.at(0).deleted);
    EXPECT_FALSE(event->changes.at(0).created);
    EXPECT_EQ(Summarize(*event), "branch main deleted");
  }
}

TEST(WebhookParseTest, CreateAndDeleteAreEventsOfTheirOwn) {
  const std::string body = R"({"ref":"v1","ref_type":"tag","repository":{"full_name":"a/b"}})";
  EXPECT_EQ(GitHub("create", body)->kind, WebhookKind::kRefCreated);
  const auto gone = GitHub("delete", body);
  EXPECT_EQ(gone->kind, WebhookKind::kRefDeleted);
  EXPECT_EQ(gone->changes.at(0).kind, RefKind::kTag);
  EXPECT_TRUE(gone->changes.at(0).deleted);
  const auto full = Parse(
      WebhookProvider::kGitea, "X-Gitea-Event", "create",
      R"({"ref":"refs/heads/x","ref_type":"branch","sha":")" + kAfter + R"(","repository":{}})");
  ASSERT_TRUE(full) << full.error().ToString();
  EXPECT_EQ(full->changes.at(0).name, "x");
  EXPECT_EQ(full->changes.at(0).after, kAfter);
  EXPECT_EQ(GitHub("create", R"({"ref":null,"ref_type":"repository","repository":{}})")
                .error()
                .primary()
                .summary,
            "not a payload of this event");
}

TEST(WebhookParseTest, OtherRefsAndEventsAreFollowedByNobody) {
  EXPECT_EQ(GitHub("push", GitHubPush("refs/pull/7/head"))->kind, WebhookKind::kOther);
  EXPECT_EQ(GitLab("Push Hook", GitLabPush("refs/merge-requests/7/head"))->kind,
            WebhookKind::kOther);
  const auto star = GitHub("star", "{}");
  EXPECT_EQ(star->kind, WebhookKind::kOther);
  EXPECT_EQ(Summarize(*star), "event star");
  EXPECT_EQ(GitHub("repository", R"({"action":"renamed"})")->kind, WebhookKind::kRepositoryMoved);
  EXPECT_EQ(GitHub("repository", R"({"action":"edited"})")->kind, WebhookKind::kOther);
  EXPECT_EQ(GitLab("Pipeline Hook", R"({"object_kind":"pipeline"})")->kind, WebhookKind::kOther);
}

TEST(WebhookParseTest, PingsOfEachProvider) {
  EXPECT_EQ(GitHub("ping", R"({"zen":"x"})")->kind, WebhookKind::kPing);
  EXPECT_EQ(GitLab("System Hook", R"({"object_kind":"ping"})")->kind, WebhookKind::kPing);
  EXPECT_EQ(Server("diagnostics:ping", R"({"test":true})")->kind, WebhookKind::kPing);
  EXPECT_EQ(Parse(WebhookProvider::kGeneric, "X-Tfgrid-Compose-Event", "ping", "")->kind,
            WebhookKind::kPing);
}

TEST(WebhookParseTest, PullRequestsOfEachProvider) {
  const std::string github =
      R"({"action":"closed","number":7,"repository":{},"pull_request":{"merged":true,"number":7,)"
      R"("head":{"ref":"fix","sha":")" +
      kAfter +
      R"(","repo":{"full_name":"eve/apps"}},"base":{"ref":"main","repo":{"full_name":"acme/apps"}}}})";
  const auto closed = GitHub("pull_request", github);
  ASSERT_TRUE(closed) << closed.error().ToString();
  EXPECT_EQ(closed->pull_request->phase, PullRequestPhase::kMerged);
  EXPECT_EQ(closed->pull_request->from_fork, true);
  EXPECT_EQ(Summarize(*closed), "pull request 7 merged: fix -> main");
  const auto merge = GitLab(
      "Merge Request Hook",
      R"({"object_kind":"merge_request","object_attributes":{"iid":3,"action":"update","oldrev":"x",)"
      R"("source_branch":"fix","target_branch":"main","source_project_id":1,"target_project_id":1}})");
  ASSERT_TRUE(merge) << merge.error().ToString();
  EXPECT_EQ(merge->pull_request->phase, PullRequestPhase::kUpdated);
  EXPECT_EQ(merge->pull_request->from_fork, false);
  EXPECT_FALSE(GitHub("pull_request", R"({"repository":{},"pull_request":{"head":7}})"));
  EXPECT_FALSE(GitLab("Merge Request Hook", R"({"object_attributes":[]})"));
  EXPECT_FALSE(Server("pr:opened", R"({"pullRequest":{"fromRef":{},"toRef":{}}})"));
}

TEST(WebhookParseTest, ACustomTemplateOfGitLabOnlySaysThatItFired) {
  const auto event = GitLab("Push Hook", R"({"text":"somebody pushed"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, WebhookKind::kPush);
  EXPECT_TRUE(event->any_ref);
  EXPECT_FALSE(GitLab("Push Hook", R"({"ref":"refs/heads/main"})")) << "half a payload is none";
  EXPECT_EQ(GitLab("Note Hook", R"({"text":"x"})")->kind, WebhookKind::kOther);
}

TEST(WebhookParseTest, AGenericBodyMayBeEmptyOrShort) {
  const auto parse = [](const std::string& body) {
    return Parse(WebhookProvider::kGeneric, "X-Other", "", body);
  };
  EXPECT_TRUE(parse("")->any_ref);
  EXPECT_TRUE(parse("{}")->any_ref);
  EXPECT_EQ(parse(R"({"ref":"main"})")->changes.at(0).name, "main");
  EXPECT_EQ(parse(R"({"ref":"refs/tags/v1"})")->changes.at(0).kind, RefKind::kTag);
  EXPECT_EQ(parse(R"({"ref":"refs/notes/x"})")->kind, WebhookKind::kOther);
  EXPECT_FALSE(parse(R"({"ref":7})"));
  EXPECT_FALSE(parse(R"({"ref":"main","after":"zzz"})"));
}

TEST(WebhookParseTest, WhatIsMissingOrOfAnotherTypeIsAnError) {
  const std::string good = GitHubPush("refs/heads/main");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string body = good;
    body.replace(body.find(from), from.size(), to);
    return GitHub("push", body);
  };
  for (const auto& event :
       {with("\"refs/heads/main\"", "7"), with("\"refs/heads/main\"", "null"),
        with("refs/heads/main", "refs/heads/../../etc/passwd"),
        with("refs/heads/main", "refs/heads/-x\\u0000"), with("refs/heads/main", "refs/heads/"),
        with(kAfter, "zzzz"), with("\"" + kAfter + "\"", "[]"), with("repository", "repositori"),
        GitHub("push", "[]"), GitHub("push", "null"), GitHub("push", ""), GitHub("star", "7"),
        Server("repo:refs_changed", R"({"repository":{"slug":"a","project":{"key":"b"}}})"),
        Server("repo:refs_changed", R"({"changes":[],"repository":{"slug":"a"}})"),
        Server("repo:refs_changed",
               BitbucketServerPush("refs/heads/main", "ADD", R"(,"links":{"clone":"x"})")),
        Server("repo:refs_changed", BitbucketServerPush("refs/heads/main", "ADD",
                                                        R"(,"links":{"clone":[{"href":[]}]})")),
        Parse(WebhookProvider::kBitbucket, "X-Event-Key", "repo:push",
              BitbucketPush(R"({"new":null,"old":null})")),
        Parse(WebhookProvider::kBitbucket, "X-Event-Key", "repo:push",
              R"({"push":null,"repository":{"full_name":"a/b"}})")}) {
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(event.error().ToString().find("passwd"), std::string::npos);
  }
}

TEST(WebhookParseTest, DataCenterWithoutLinksIsKnownByItsKey) {
  const auto event = Server("repo:refs_changed",
                            BitbucketServerPush("refs/heads/main", "ADD", R"(,"links":null)"));
  ASSERT_TRUE(event) << event.error().ToString();
  EXPECT_EQ(event->repository->project_key, "ACME");
  EXPECT_EQ(event->repository->slug, "apps");
  EXPECT_TRUE(event->repository->urls.empty());
  EXPECT_TRUE(event->changes.at(0).created);
}

TEST(WebhookParseTest, AFormHoldsOnePayload) {
  FakeHeaders headers{{"X-GitHub-Event", "ping"},
                      {"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_TRUE(ParseWebhook(WebhookProvider::kGitHub, headers.Reader(), "payload=%7B%7D"));
  const auto none = ParseWebhook(WebhookProvider::kGitHub, headers.Reader(), "other=%7B%7D");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().primary().summary, "the form has no payload");
}

TEST(WebhookParseTest, ASummaryIsShortAndPrintable) {
  PullRequest request;
  request.head_ref = std::string("x\x1b[31m\n") + std::string(300, 'y');
  WebhookEvent event;
  event.kind = WebhookKind::kPullRequest;
  event.pull_request = request;
  const std::string text = Summarize(event);
  EXPECT_LE(text.size(), 200U);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xc3\xa9";
  event.pull_request->head_ref = wide;
  const std::string cut = Summarize(event);
  EXPECT_NE(static_cast<unsigned char>(cut[cut.size() - 4]) & 0xC0U, 0xC0U)
      << "cut between characters";
}

TEST(WebhookProviderTest, NamesComeBack) {
  EXPECT_EQ(AllWebhookProviders().size(), 8U);
  for (const WebhookProvider provider : AllWebhookProviders()) {
    EXPECT_EQ(WebhookProviderFrom(ToString(provider)), provider);
  }
  EXPECT_FALSE(WebhookProviderFrom("GitHub"));
}

TEST(WebhookProviderTest, ADeliveryIdIsKeptOnlyWhenItIsFit) {
  const auto id = [](const std::string& value) {
    const FakeHeaders headers{{"X-GitHub-Delivery", value}};
    return std::string(DeliveryId(WebhookProvider::kGitHub, headers.Reader()));
  };
  EXPECT_EQ(id("0eff31dc-a649"), "0eff31dc-a649");
  EXPECT_EQ(id(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(id(std::string(129, 'x')), "");
  EXPECT_EQ(id("a b"), "");
  EXPECT_EQ(id("a\x7f"), "");
  EXPECT_EQ(id("caf\xc3\xa9"), "");
  const FakeHeaders gitlab{{"webhook-id", "w"}};
  EXPECT_EQ(DeliveryId(WebhookProvider::kGitLab, gitlab.Reader()), "w");
  EXPECT_EQ(DeliveryId(WebhookProvider::kGitHub, gitlab.Reader()), "");
}

}  // namespace
}  // namespace gitops

// The rules W1-W15 for webhooks, each against the route with a real store behind it.
#include "engine/server/webhook_route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/server/webhook_world.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using WebhookRouteTest = WebhookWorld;

TEST_F(WebhookRouteTest, APushOfEachProviderIsAcceptedAndDurable) {
  Serve(AllWebhookProviders());
  for (const SamplePayload& sample : SamplePushes()) {
    const HttpResponse response = Send(Request(sample))->Wait();
    EXPECT_EQ(response.status, 202) << ToString(sample.provider) << response.body;
    EXPECT_THAT(response.body, HasSubstr(R"("outcome":"accepted")"));
    const std::string source = SourceOf(sample.provider).name;
    EXPECT_TRUE(Asked(source).IsOwed()) << source;
    const Delivery delivery = Deliveries().front();
    EXPECT_EQ(delivery.provider, ToString(sample.provider));
    EXPECT_EQ(delivery.delivery_id, "d-1");
    EXPECT_EQ(delivery.kind, "push");
    EXPECT_EQ(delivery.summary, "branch main aaaaaaa..bbbbbbb");
    EXPECT_EQ(delivery.received, clock.Now());
    EXPECT_EQ(observer.count(std::string(ToString(sample.provider)) + " accepted"), 1);
  }
}

TEST_F(WebhookRouteTest, W1ProviderAndSourceComeFromThePath) {
  HttpRequest other_provider = PushRequest();
  other_provider.head.segments[1] = "gitea";
  EXPECT_EQ(StatusOf(other_provider), 404);
  HttpRequest other_source = PushRequest();
  other_source.head.segments[2] = "nobody";
  EXPECT_EQ(StatusOf(other_source), 404);
  for (const std::vector<std::string>& path : {std::vector<std::string>{"hooks"},
                                               {"hooks", "github"},
                                               {"hooks", "github", "github-apps", "more"}}) {
    HttpRequest request = PushRequest();
    request.head.segments = path;
    EXPECT_EQ(StatusOf(request), 404);
  }
  // The headers of another provider beside the right ones change nothing.
  HttpRequest mixed = PushRequest();
  mixed.head.headers.Add("X-Gitea-Event", "delete");
  mixed.head.headers.Add("X-Gitlab-Token", "wrong");
  EXPECT_EQ(StatusOf(mixed), 202);
}

TEST_F(WebhookRouteTest, W2TheBytesAreAuthenticatedBeforeTheyAreRead) {
  HttpRequest nonsense = Request(GitHubSample("no JSON"), "d-1", "a wrong secret of some length");
  EXPECT_EQ(StatusOf(nonsense), 401);
  EXPECT_EQ(StatusOf(Request(GitHubSample("no JSON"))), 422);
  HttpRequest get = PushRequest();
  get.head.method = "GET";
  const HttpResponse refused = Send(get)->Wait();
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.Find("Allow"), "POST");
  EXPECT_EQ(route.Admit(PushRequest().head).body_limit, 26'214'400U);
}

TEST_F(WebhookRouteTest, W2AHugeBodyIsReadBesideTheOthers) {
  std::string body = GitHubPush("refs/heads/main");
  body.insert(1, R"("padding":")" + std::string(400'000, 'x') + R"(",)");
  EXPECT_EQ(StatusOf(Request(GitHubSample(body))), 202);
  std::string deep = "{\"a\":" + std::string(300'000, '[');
  EXPECT_EQ(StatusOf(Request(GitHubSample(deep), "d-2")), 422);
}

TEST_F(WebhookRouteTest, W3EachOfTheSecretsIsAccepted) {
  EXPECT_EQ(StatusOf(Request(GitHubSample(GitHubPush("refs/heads/main")), "d-1", kOldSecret)), 202);
  EXPECT_EQ(StatusOf(Request(GitHubSample(GitHubPush("refs/heads/main")), "d-2", kSecret)), 202);
}

class MapSecretReader : public SecretReader {
 public:
  Result<Secret> Read(const SecretRef& ref) override {
    if (ref.variable == "GOOD") return Secret("0123456789abcdef");
    if (ref.variable == "SHORT") return Secret("0123456789abcde");
    return MakeError(ErrorKind::kNotFound, "no such variable", ref.variable);
  }
};

TEST_F(WebhookRouteTest, W4WithoutASecretThereIsNoRoute) {
  Config config;
  const auto add = [&config](const std::string& name, const std::vector<std::string>& variables) {
    SourceSpec source;
    source.name = name;
    source.webhook = WebhookSpec{"github", {}};
    for (const std::string& variable : variables) {
      source.webhook->secrets.push_back({"", variable});
    }
    config.sources.push_back(source);
  };
  add("none", {});
  add("missing", {"MISSING"});
  add("short", {"SHORT"});
  add("one-of-two", {"MISSING", "GOOD"});
  add("good", {"GOOD"});
  SourceSpec plain;
  plain.name = "no-webhook";
  config.sources.push_back(plain);
  MapSecretReader reader;
  const WebhookTargets targets = MakeWebhookTargets(config, reader, Secret("key"));
  ASSERT_EQ(targets.by_path.size(), 2U);
  EXPECT_EQ(targets.by_path.at("github/good")->keys.secrets.size(), 1U);
  EXPECT_EQ(targets.by_path.at("github/one-of-two")->keys.secrets.size(), 1U);
  // none: 1; missing, short: what is wrong and that it is off; one-of-two: what is wrong.
  EXPECT_EQ(targets.problems.size(), 6U);
  for (const Diagnostic& problem : targets.problems) {
    EXPECT_EQ(problem.severity, Severity::kWarning);
    EXPECT_THAT(problem.ToString(), Not(HasSubstr("0123456789")));
  }
  route.SetTargets(targets);
  HttpRequest request = PushRequest();
  request.head.segments[2] = "none";
  EXPECT_EQ(StatusOf(request), 404);
}

TEST_F(WebhookRouteTest, W5AnUnsignedPingOfDataCenterHasNoEffect) {
  Serve({WebhookProvider::kBitbucketServer});
  HttpRequest ping = Request({WebhookProvider::kBitbucketServer, "X-Event-Key", "diagnostics:ping",
                              BitbucketServerPush("refs/heads/main", "UPDATE", "")});
  HttpHeaders unsigned_headers;
  for (const auto& [name, value] : ping.head.headers.fields()) {
    if (name != "X-Hub-Signature") unsigned_headers.Add(name, value);
  }
  ping.head.headers = unsigned_headers;
  EXPECT_EQ(StatusOf(ping), 200);
  EXPECT_THAT(Deliveries(), IsEmpty());
  EXPECT_THAT(Woken(), IsEmpty());
  EXPECT_FALSE(Asked("bitbucket-server-apps").IsOwed());
}

TEST_F(WebhookRouteTest, W5Sha1AloneIsRefused) {
  HttpRequest request = PushRequest();
  HttpHeaders headers;
  headers.Add("X-GitHub-Event", "push");
  headers.Add("X-Hub-Signature", "sha1=0123456789012345678901234567890123456789");
  request.head.headers = headers;
  EXPECT_EQ(StatusOf(request), 401);
}

TEST_F(WebhookRouteTest, W6TheAnswerComesWhenTheDeliveryIsDurable) {
  gated.Close();
  const auto reply = Send(PushRequest());
  gated.AwaitCall();
  EXPECT_FALSE(reply->answered());
  EXPECT_THAT(Woken(), IsEmpty());
  gated.Open();
  EXPECT_EQ(reply->Wait().status, 202);
  EXPECT_TRUE(Asked().IsOwed());
  store.Reopen();
  EXPECT_TRUE(Asked().IsOwed());
}

TEST_F(WebhookRouteTest, W6NothingStoredIs503AndWakesNobody) {
  gated.FailWith(MakeError(ErrorKind::kTransient, "the disk is full"));
  const HttpResponse response = Send(PushRequest())->Wait();
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.headers.Find("Retry-After"));
  EXPECT_THAT(response.body, Not(HasSubstr("disk")));
  EXPECT_THAT(Woken(), IsEmpty());
  EXPECT_EQ(observer.count("github unavailable"), 1);
  gated.FailWith(std::nullopt);
  EXPECT_EQ(StatusOf(PushRequest()), 202) << "the same delivery again";
}

TEST_F(WebhookRouteTest, W6TooManyAre503AndLoseNothingThatWasTaken) {
  gated.Close();
  std::vector<std::shared_ptr<WaitingReply>> replies{Send(PushRequest("first"))};
  gated.AwaitCall();
  for (int i = 0; i < 64; ++i) replies.push_back(Send(PushRequest("d-" + std::to_string(i))));
  EXPECT_EQ(Send(PushRequest("one too many"))->Wait().status, 503);
  gated.Open();
  for (const auto& reply : replies) EXPECT_EQ(reply->Wait().status, 202);
  EXPECT_EQ(Asked().asked, 65U);
  EXPECT_LT(gated.batches().size(), 8U) << "many deliveries are few transactions";
}

TEST_F(WebhookRouteTest, W7OnlyTheConfiguredSourceIsEverAskedFor) {
  for (const std::string url :
       {"file:///etc/passwd", "http://169.254.169.254/latest", "https://github.com/acme/apps2.git",
        "https://github.com@evil.example/acme/apps.git", "ext::sh -c id"}) {
    std::string body = GitHubPush("refs/heads/main");
    for (const std::string own : {"https://github.com/acme/apps.git",
                                  "git@github.com:acme/apps.git", "https://github.com/acme/apps"}) {
      const std::string quoted = "\"" + own + "\"";
      body.replace(body.find(quoted), quoted.size(), "\"" + url + "\"");
    }
    EXPECT_EQ(StatusOf(Request(GitHubSample(body))), 200) << url;
  }
  EXPECT_THAT(Woken(), IsEmpty());
  EXPECT_TRUE(store.deliveries().SourceRequests()->empty());
  EXPECT_THAT(Deliveries().front().summary, HasSubstr("another repository"));
}

TEST_F(WebhookRouteTest, W8TheSameDeliveryIsOneWhileItWaits) {
  EXPECT_EQ(StatusOf(PushRequest("d-1")), 202);
  const HttpResponse again = Send(PushRequest("d-1"))->Wait();
  EXPECT_EQ(again.status, 200);
  EXPECT_THAT(again.body, HasSubstr("repeated"));
  EXPECT_EQ(Asked().asked, 1U);
  EXPECT_EQ(Woken().size(), 1U);
  EXPECT_EQ(Deliveries().front().repeats, 1);
  ASSERT_TRUE(store.deliveries().MarkLooked("github-apps", 1, {"main", {}}));
  EXPECT_EQ(StatusOf(PushRequest("d-1")), 202) << "\"Redeliver\" has to work";
  EXPECT_EQ(Asked().asked, 2U);
}

TEST_F(WebhookRouteTest, W8TheSameBodyWithAnotherIdIsNews) {
  // A → B, B → A, A → B by force: the third body is the first one's.
  EXPECT_EQ(StatusOf(PushRequest("d-1")), 202);
  ASSERT_TRUE(store.deliveries().MarkLooked("github-apps", 1, {"main", {}}));
  EXPECT_EQ(StatusOf(PushRequest("d-3")), 202);
  EXPECT_TRUE(Asked().IsOwed());
}

TEST_F(WebhookRouteTest, W8FiveHundredDeliveriesAreTwoLooks) {
  const auto look = [this] {
    const SourceRequest request = Asked();
    if (!request.IsOwed()) return 0;
    EXPECT_TRUE(store.deliveries().MarkLooked("github-apps", request.asked, {"main", {}}));
    return 1;
  };
  EXPECT_EQ(StatusOf(PushRequest("first")), 202);
  const std::uint64_t begun = Asked().asked;
  for (int i = 0; i < 500; ++i) ASSERT_EQ(StatusOf(PushRequest(std::to_string(i))), 202);
  ASSERT_TRUE(
      store.deliveries().MarkLooked("github-apps", begun, {"main", {}}));  // The first look ends.
  EXPECT_EQ(look(), 1);
  EXPECT_EQ(look(), 0);
}

TEST_F(WebhookRouteTest, W9AuthenticButUninterestingIs200) {
  EXPECT_EQ(StatusOf(PushRequest("d-1", "refs/heads/other")), 200);
  EXPECT_EQ(StatusOf(PushRequest("d-2", "refs/tags/main")), 200);
  EXPECT_EQ(StatusOf(PushRequest("d-3", "refs/notes/commits")), 200);
  SamplePayload star{WebhookProvider::kGitHub, "X-GitHub-Event", "star", "{}"};
  EXPECT_EQ(StatusOf(Request(star)), 200);
  SamplePayload ping{WebhookProvider::kGitHub, "X-GitHub-Event", "ping", "{\"zen\":\"x\"}"};
  EXPECT_EQ(StatusOf(Request(ping)), 200);
  EXPECT_THAT(Woken(), IsEmpty());
  EXPECT_FALSE(Asked().IsOwed());
  EXPECT_EQ(Deliveries().size(), 5U);
  EXPECT_EQ(observer.count("github ignored"), 5);
}

TEST_F(WebhookRouteTest, W9MalformedIs422AndIsOnRecord) {
  const HttpResponse response = Send(Request(GitHubSample(R"({"ref":7,"repository":{}})")))->Wait();
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.body, HasSubstr("ref is missing or no text"));
  EXPECT_EQ(Deliveries().front().outcome, DeliveryOutcome::kRefused);
  const auto events = store->ListEvents({});
  EXPECT_EQ(events->back().type, "webhook.refused");
  EXPECT_EQ(events->back().severity, Severity::kWarning);
}

TEST_F(WebhookRouteTest, W10AListOfFilesDecidesNothing) {
  std::string body = GitHubPush("refs/heads/main");
  const std::string commits = R"("commits":[{"added":["b"],"modified":["a"],"removed":[]}])";
  for (const std::string list : {R"("commits":null)", R"("commits":[])", R"("commits":7)"}) {
    std::string changed = body;
    changed.replace(changed.find(commits), commits.size(), list);
    EXPECT_EQ(StatusOf(Request(GitHubSample(changed), list.substr(10, 1))), 202) << list;
  }
  EXPECT_EQ(Asked().asked, 3U);
}

TEST_F(WebhookRouteTest, W11EveryRefOfADeliveryCounts) {
  Serve({WebhookProvider::kBitbucket});
  const SamplePayload sample{
      WebhookProvider::kBitbucket, "X-Event-Key", "repo:push",
      BitbucketPush(R"({"old":null,"new":)" + BitbucketEnd("branch", "other", kAfter) + "}," +
                    R"({"old":null,"new":)" + BitbucketEnd("branch", "main", kAfter) + "}")};
  EXPECT_EQ(StatusOf(Request(sample)), 202);
}

TEST_F(WebhookRouteTest, W12ADeletedBranchOnlyAsksForALook) {
  const HttpRequest request = Request(GitHubSample(GitHubPush("refs/heads/main", kBefore, kZero)));
  EXPECT_EQ(StatusOf(request), 202);
  EXPECT_THAT(Woken(), ElementsAre("github-apps"));
  EXPECT_THAT(Deliveries().front().summary, HasSubstr("branch main deleted"));
}

TEST_F(WebhookRouteTest, W13NothingThatWasPresentedComesBack) {
  Serve({WebhookProvider::kGitHub, WebhookProvider::kGitLab});
  SamplePayload gitlab{WebhookProvider::kGitLab, "X-Gitlab-Event", "Push Hook",
                       R"({"secret":"canary-body"})"};
  const HttpResponse refused = Send(Request(gitlab, "d-1", "canary-token-0123456789"))->Wait();
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("not authenticated"));
  EXPECT_THAT(refused.body, Not(HasSubstr("canary")));
  const HttpResponse malformed =
      Send(Request(GitHubSample(
               R"({"ref":"refs/heads/canary\u0000","repository":{},"secret":"canary"})")))
          ->Wait();
  EXPECT_EQ(malformed.status, 422);
  EXPECT_THAT(malformed.body, Not(HasSubstr("canary")));
  const auto events = store->ListEvents({});
  ASSERT_TRUE(events.has_value());
  ASSERT_FALSE(events->empty());
  for (const Event& event : *events) {
    EXPECT_THAT(event.message, Not(HasSubstr("canary")));
  }
}

TEST_F(WebhookRouteTest, W14TenFailuresAMinuteAndTheBodyIsNotRead) {
  const SamplePayload sample = GitHubSample(GitHubPush("refs/heads/main"));
  const HttpRequest wrong = Request(sample, "d-1", "a wrong secret of some length");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(StatusOf(wrong), 401);
  const HttpAdmission admission = route.Admit(wrong.head);
  ASSERT_TRUE(admission.refusal) << "before the body";
  EXPECT_EQ(admission.refusal->status, 429);
  EXPECT_EQ(StatusOf(PushRequest()), 429) << "even with the right secret";
  HttpRequest provider = PushRequest();
  provider.head.client_address = "198.51.100.1";
  EXPECT_EQ(StatusOf(provider), 202) << "a stranger locks nobody else out";
  clock.Advance(std::chrono::seconds(61));
  EXPECT_EQ(StatusOf(PushRequest("d-2")), 202);
  EXPECT_EQ(observer.count("github unauthenticated"), 10);
  EXPECT_THAT(Deliveries(), testing::SizeIs(2)) << "failures write nothing";
}

TEST_F(WebhookRouteTest, W15AnOldTimestampIsRefused) {
  Serve({WebhookProvider::kGitLab});
  const SamplePayload sample{WebhookProvider::kGitLab, "X-Gitlab-Event", "Push Hook",
                             GitLabPush("refs/heads/main")};
  const auto at = [&](std::chrono::seconds offset) {
    HttpRequest request = Request(sample, "d-" + std::to_string(offset.count()));
    clock.Advance(offset);
    return StatusOf(std::move(request));
  };
  EXPECT_EQ(at(std::chrono::seconds(300)), 202);
  EXPECT_EQ(at(std::chrono::seconds(301)), 401);
  EXPECT_EQ(observer.count("gitlab stale"), 1);
}

TEST_F(WebhookRouteTest, EventsTellOfDeliveriesAndAFloodIsHeldBack) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(StatusOf(PushRequest(std::to_string(i))), 202);
  }
  EXPECT_EQ(store->ListEvents({})->size(), 20U);
  EXPECT_EQ(store->ListEvents({})->front().message, "github push: branch main aaaaaaa..bbbbbbb");
  EXPECT_EQ(store->ListEvents({})->front().source, "github-apps");
  clock.Advance(std::chrono::minutes(1));
  ASSERT_EQ(StatusOf(PushRequest("later")), 202);
  EXPECT_THAT(store->ListEvents({})->back().message, HasSubstr("before it 30 more deliveries"));
  EXPECT_EQ(Deliveries().size(), 51U) << "each is on record";
}

TEST_F(WebhookRouteTest, ReloadedTargetsCountAtOnce) {
  route.SetTargets({});
  EXPECT_EQ(StatusOf(PushRequest()), 404);
  Serve({WebhookProvider::kGitHub});
  EXPECT_EQ(StatusOf(PushRequest()), 202);
  EXPECT_EQ(WebhookPath(WebhookProvider::kBitbucketServer, "apps"), "/hooks/bitbucket-server/apps");
}

}  // namespace
}  // namespace gitops

// The corpus of real and hostile payloads, which lives outside the repository: each is
// authenticated, read and matched as its index says.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "sources/webhook_auth.h"
#include "sources/webhook_match.h"
#include "sources/webhook_parse.h"
#include "tests/unit/sources/webhooks/sample_payloads.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path CorpusDirectory() {
  if (const char* path = std::getenv("TFGRID_COMPOSE_CORPUS")) return fs::path(path) / "webhooks";
  return fs::path(TFGRID_COMPOSE_SOURCE_DIR) / ".." / "shared" / "corpus" / "webhooks";
}

std::string ReadFile(const fs::path& path) {
  const std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string OrEmpty(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

struct Outcome {
  WebhookAuthenticity authenticity = WebhookAuthenticity::kRefused;
  std::optional<Result<WebhookEvent>> event;
};

class WebhookCorpusTest : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path index = CorpusDirectory() / "index.json";
    if (!fs::exists(index)) GTEST_SKIP() << "no corpus at " << index;
    index_ = json::parse(ReadFile(index));
    keys_.secrets = {Secret(index_.at("secret").get<std::string>())};
    keys_.comparison_key = Secret(std::string(32, 'r'));
  }

  static WebhookProvider ProviderOf(const json& entry) {
    return *WebhookProviderFrom(entry.at("provider").get<std::string>());
  }

  Outcome Play(const json& entry) const {
    FakeHeaders headers;
    for (const auto& [name, value] : entry.at("headers").items()) headers.Set(name, value);
    const std::string body = ReadFile(CorpusDirectory() / entry.at("file").get<std::string>());
    EXPECT_EQ(body.size(), entry.at("bytes").get<std::size_t>()) << entry.at("file");
    const WebhookProvider provider = ProviderOf(entry);
    Outcome outcome;
    outcome.authenticity = Authenticate(provider, keys_, headers.Reader(), body, WallTime{});
    if (outcome.authenticity == WebhookAuthenticity::kAuthentic) {
      outcome.event = ParseWebhook(provider, headers.Reader(), body);
    }
    return outcome;
  }

  json index_;
  WebhookKeys keys_;
};

void CheckRepository(const json& repo, const WebhookEvent& event, const std::string& file) {
  if (repo.is_null()) return;
  ASSERT_TRUE(event.repository) << file;
  if (repo.contains("full_name")) {
    EXPECT_EQ(event.repository->full_name, repo.at("full_name")) << file;
  } else {
    EXPECT_EQ(event.repository->project_key, repo.at("project_key")) << file;
    EXPECT_EQ(event.repository->slug, repo.at("slug")) << file;
  }
  const std::set<std::string> urls(event.repository->urls.begin(), event.repository->urls.end());
  for (const auto& url : repo.at("urls")) {
    EXPECT_TRUE(urls.contains(url.get<std::string>())) << file << ": " << url;
  }
}

void CheckChanges(const json& expect, const WebhookEvent& event, const std::string& file) {
  ASSERT_EQ(event.changes.size(), expect.at("changes").size()) << file;
  for (std::size_t i = 0; i < event.changes.size(); ++i) {
    const json& wanted = expect.at("changes")[i];
    const RefChange& change = event.changes[i];
    EXPECT_EQ(change.kind == RefKind::kTag ? "tag" : "branch", wanted.at("ref_type")) << file;
    EXPECT_EQ(change.name, wanted.at("ref")) << file;
    EXPECT_EQ(change.before, OrEmpty(wanted.at("before"))) << file;
    EXPECT_EQ(change.after, OrEmpty(wanted.at("after"))) << file;
    EXPECT_EQ(change.created, wanted.at("created").get<bool>()) << file;
    EXPECT_EQ(change.deleted, wanted.at("deleted").get<bool>()) << file;
    EXPECT_EQ(change.forced, wanted.value("forced", false)) << file;
  }
}

/// A list is only given where it tells everything: not of a new, deleted or forced ref.
void CheckFiles(const json& expect, const WebhookEvent& event, const std::string& file) {
  if (!expect.contains("changed_files")) return;
  const bool whole = event.changes.size() == 1 && !event.changes[0].before.empty() &&
                     !event.changes[0].after.empty() && !event.changes[0].forced;
  if (expect.at("changed_files").is_null() || !whole) {
    EXPECT_FALSE(event.changed_files) << file;
    return;
  }
  ASSERT_TRUE(event.changed_files) << file;
  EXPECT_EQ(*event.changed_files, expect.at("changed_files").get<std::vector<std::string>>())
      << file;
}

void CheckPullRequest(const json& wanted, const WebhookEvent& event, const std::string& file) {
  ASSERT_TRUE(event.pull_request) << file;
  EXPECT_EQ(ToString(event.pull_request->phase), wanted.at("phase")) << file;
  EXPECT_EQ(event.pull_request->number, wanted.at("number").get<std::int64_t>()) << file;
  EXPECT_EQ(event.pull_request->head_commit, OrEmpty(wanted.at("head_sha"))) << file;
  EXPECT_EQ(event.pull_request->head_ref, OrEmpty(wanted.at("head_ref"))) << file;
  EXPECT_EQ(event.pull_request->base_ref, OrEmpty(wanted.at("base_ref"))) << file;
  if (wanted.at("from_fork").is_boolean()) {
    EXPECT_EQ(event.pull_request->from_fork, wanted.at("from_fork").get<bool>()) << file;
  } else {
    EXPECT_FALSE(event.pull_request->from_fork) << file;
  }
}

TEST_F(WebhookCorpusTest, RealPayloadsSayWhatTheIndexSays) {
  int checked = 0;
  for (const json& entry : index_.at("entries")) {
    const std::string file = entry.at("file");
    if (file.starts_with("malformed/")) continue;
    const json& expect = entry.at("expect");
    const Outcome outcome = Play(entry);
    ++checked;
    if (expect.value("unsigned", false)) {
      EXPECT_EQ(outcome.authenticity, WebhookAuthenticity::kUnsignedTest) << file;
      continue;
    }
    ASSERT_EQ(outcome.authenticity, WebhookAuthenticity::kAuthentic) << file;
    ASSERT_TRUE(*outcome.event) << file << ": " << outcome.event->error().ToString();
    const WebhookEvent& event = outcome.event->value();
    const std::string kind = expect.at("kind");
    EXPECT_EQ(event.kind == WebhookKind::kOther ? "ignored" : ToString(event.kind), kind) << file;
    if (kind != "ignored" && expect.contains("repo")) {
      CheckRepository(expect.at("repo"), event, file);
    }
    if (expect.contains("changes")) CheckChanges(expect, event, file);
    CheckFiles(expect, event, file);
    if (expect.contains("pr")) CheckPullRequest(expect.at("pr"), event, file);
  }
  EXPECT_GE(checked, 60);
}

TEST_F(WebhookCorpusTest, EverySpellingOfARepositoryMatchesItsSource) {
  int checked = 0;
  for (const json& entry : index_.at("entries")) {
    const json& expect = entry.at("expect");
    if (!expect.contains("changes") || expect.at("changes").empty()) continue;
    const Outcome outcome = Play(entry);
    ASSERT_TRUE(outcome.event && *outcome.event) << entry.at("file");
    SourceSpec source;
    source.ref = expect.at("changes")[0].at("ref");
    source.ref_kind =
        expect.at("changes")[0].at("ref_type") == "tag" ? RefKind::kTag : RefKind::kBranch;
    for (const auto& url : expect.at("repo").at("urls")) {
      source.url = url;
      EXPECT_TRUE(MatchWebhook(outcome.event->value(), ProviderOf(entry), source).concerns)
          << entry.at("file") << ": " << url;
      source.url = url.get<std::string>() + "2";
      EXPECT_FALSE(MatchWebhook(outcome.event->value(), ProviderOf(entry), source).concerns)
          << entry.at("file") << ": " << url;
      ++checked;
    }
  }
  EXPECT_GE(checked, 80);
}

/// What a route would answer: 401, 400, 202 or 200.
std::string AnswerTo(const Outcome& outcome, WebhookProvider provider, const SourceSpec& source) {
  if (outcome.authenticity == WebhookAuthenticity::kUnsignedTest) return "ping";
  if (outcome.authenticity != WebhookAuthenticity::kAuthentic) return "unauthenticated";
  if (!*outcome.event) return "rejected";
  return MatchWebhook(outcome.event->value(), provider, source).concerns ? "push" : "ignored";
}

TEST_F(WebhookCorpusTest, MalformedPayloadsEndAsTheIndexSays) {
  const std::map<std::string, std::set<std::string>> allowed = {
      {"rejected", {"rejected"}},
      {"unauthenticated", {"unauthenticated"}},
      {"ignored", {"ignored"}},
      {"ping", {"ping"}},
      {"push", {"push"}},
      {"push-or-rejected", {"push", "rejected"}},
      {"rejected-or-harmless", {"rejected", "ignored", "push"}}};
  int checked = 0;
  for (const json& entry : index_.at("entries")) {
    const std::string file = entry.at("file");
    if (!file.starts_with("malformed/")) continue;
    const WebhookProvider provider = ProviderOf(entry);
    SourceSpec source;
    source.ref = "master";
    source.url = "https://github.com/jessesuen/test-repo.git";
    if (provider == WebhookProvider::kBitbucketServer) {
      source.url = "https://bitbucketserver/scm/myproject/test-repo.git";
    } else if (provider == WebhookProvider::kGitLab) {
      source.url = "http://example.com/mike/diaspora.git";
    }
    const Outcome outcome = Play(entry);
    const std::string answer = AnswerTo(outcome, provider, source);
    EXPECT_TRUE(allowed.at(entry.at("expect").at("kind")).contains(answer))
        << file << " is " << answer << ", not " << entry.at("expect").at("kind");
    if (outcome.event && !*outcome.event) {
      EXPECT_EQ(outcome.event->error().ToString().find("passwd"), std::string::npos) << file;
    }
    ++checked;
  }
  EXPECT_GE(checked, 25);
}

}  // namespace
}  // namespace gitops

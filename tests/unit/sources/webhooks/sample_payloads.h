// Payloads in the form that each provider documents, as small as an event can be.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sources/webhook_provider.h"

namespace gitops {

/// Headers as a route sees them; names compare without case.
class FakeHeaders {
 public:
  FakeHeaders() = default;
  FakeHeaders(std::initializer_list<std::pair<std::string, std::string>> fields) {
    for (const auto& [name, value] : fields) Set(name, value);
  }

  void Set(const std::string& name, const std::string& value) { fields_[Lower(name)] = value; }
  void Remove(const std::string& name) { fields_.erase(Lower(name)); }

  WebhookHeaders Reader() const {
    return [this](std::string_view name) -> std::optional<std::string_view> {
      const auto found = fields_.find(Lower(std::string(name)));
      if (found == fields_.end()) return std::nullopt;
      return found->second;
    };
  }

 private:
  static std::string Lower(std::string text) {
    for (char& c : text) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
  }

  std::map<std::string, std::string> fields_;
};

inline const std::string kBefore(40, 'a');
inline const std::string kAfter(40, 'b');
inline const std::string kZero(40, '0');

struct SamplePayload {
  WebhookProvider provider;
  std::string event_header;
  std::string event;
  std::string body;
};

inline std::string GitHubPush(const std::string& ref, const std::string& before = kBefore,
                              const std::string& after = kAfter) {
  return R"({"ref":")" + ref + R"(","before":")" + before + R"(","after":")" + after +
         R"(","repository":{"full_name":"acme/apps","default_branch":"main",)"
         R"("clone_url":"https://github.com/acme/apps.git","ssh_url":"git@github.com:acme/apps.git",)"
         R"("html_url":"https://github.com/acme/apps"},"commits":[{"added":["b"],"modified":["a"],)"
         R"("removed":[]}]})";
}

inline std::string GitLabPush(const std::string& ref) {
  return R"({"object_kind":"push","ref":")" + ref + R"(","before":")" + kBefore + R"(","after":")" +
         kAfter +
         R"(","project":{"path_with_namespace":"acme/apps","default_branch":"main",)"
         R"("git_http_url":"https://gitlab.com/acme/apps.git",)"
         R"("git_ssh_url":"git@gitlab.com:acme/apps.git","web_url":"https://gitlab.com/acme/apps"},)"
         R"("commits":[{"added":[],"modified":["a"],"removed":[]}],"total_commits_count":1})";
}

inline std::string BitbucketPush(const std::string& changes) {
  return R"({"push":{"changes":[)" + changes +
         R"(]},"repository":{"full_name":"acme/apps","name":"apps"}})";
}

inline std::string BitbucketEnd(const std::string& type, const std::string& name,
                                const std::string& hash) {
  return R"({"type":")" + type + R"(","name":")" + name + R"(","target":{"hash":")" + hash +
         R"("}})";
}

inline std::string BitbucketServerPush(const std::string& ref, const std::string& type,
                                       const std::string& links) {
  return R"({"eventKey":"repo:refs_changed","changes":[{"ref":{"id":")" + ref +
         R"("},"fromHash":")" + (type == "ADD" ? kZero : kBefore) + R"(","toHash":")" +
         (type == "DELETE" ? kZero : kAfter) + R"(","type":")" + type +
         R"("}],"repository":{"slug":"apps","project":{"key":"ACME"})" + links + "}}";
}

/// A push of branch main to acme/apps from each provider.
inline std::vector<SamplePayload> SamplePushes() {
  const std::string github = GitHubPush("refs/heads/main");
  const std::string clone =
      R"(,"links":{"clone":[{"name":"http","href":"https://git.example.org/scm/acme/apps.git"}]})";
  return {
      {WebhookProvider::kGitHub, "X-GitHub-Event", "push", github},
      {WebhookProvider::kGitLab, "X-Gitlab-Event", "Push Hook", GitLabPush("refs/heads/main")},
      {WebhookProvider::kGitea, "X-Gitea-Event", "push", github},
      {WebhookProvider::kForgejo, "X-Forgejo-Event", "push", github},
      {WebhookProvider::kGogs, "X-Gogs-Event", "push", github},
      {WebhookProvider::kBitbucket, "X-Event-Key", "repo:push",
       BitbucketPush(R"({"old":)" + BitbucketEnd("branch", "main", kBefore) + R"(,"new":)" +
                     BitbucketEnd("branch", "main", kAfter) + "}")},
      {WebhookProvider::kBitbucketServer, "X-Event-Key", "repo:refs_changed",
       BitbucketServerPush("refs/heads/main", "UPDATE", clone)},
      {WebhookProvider::kGeneric, "X-Tfgrid-Compose-Event", "push",
       R"({"ref":"refs/heads/main","before":")" + kBefore + R"(","after":")" + kAfter + R"("})"}};
}

}  // namespace gitops

#include "sources/webhook_provider.h"

#include <algorithm>

#include "engine/base/check.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestId = 128;

/// Which headers carry what; the first that is there counts.
struct HeaderNames {
  std::vector<std::string_view> event;
  std::vector<std::string_view> delivery;
};

const HeaderNames& NamesOf(WebhookProvider provider) {
  static const HeaderNames kGitHub{{"X-GitHub-Event"}, {"X-GitHub-Delivery"}};
  static const HeaderNames kGitLab{{"X-Gitlab-Event"}, {"Idempotency-Key", "webhook-id"}};
  static const HeaderNames kGitea{{"X-Gitea-Event"}, {"X-Gitea-Delivery"}};
  static const HeaderNames kForgejo{{"X-Forgejo-Event", "X-Gitea-Event"},
                                    {"X-Forgejo-Delivery", "X-Gitea-Delivery"}};
  static const HeaderNames kGogs{{"X-Gogs-Event"}, {"X-Gogs-Delivery"}};
  static const HeaderNames kBitbucket{{"X-Event-Key"}, {"X-Request-UUID"}};
  static const HeaderNames kBitbucketServer{{"X-Event-Key"}, {"X-Request-Id"}};
  static const HeaderNames kGeneric{{"X-Tfgrid-Compose-Event"}, {"X-Tfgrid-Compose-Delivery"}};
  switch (provider) {
    case WebhookProvider::kGitHub:
      return kGitHub;
    case WebhookProvider::kGitLab:
      return kGitLab;
    case WebhookProvider::kGitea:
      return kGitea;
    case WebhookProvider::kForgejo:
      return kForgejo;
    case WebhookProvider::kGogs:
      return kGogs;
    case WebhookProvider::kBitbucket:
      return kBitbucket;
    case WebhookProvider::kBitbucketServer:
      return kBitbucketServer;
    case WebhookProvider::kGeneric:
      return kGeneric;
  }
  CHECK(false);
}

std::string_view FirstOf(const std::vector<std::string_view>& names,
                         const WebhookHeaders& headers) {
  for (const std::string_view name : names) {
    if (const auto value = headers(name)) return *value;
  }
  return {};
}

}  // namespace

std::string_view ToString(WebhookProvider provider) {
  switch (provider) {
    case WebhookProvider::kGitHub:
      return "github";
    case WebhookProvider::kGitLab:
      return "gitlab";
    case WebhookProvider::kGitea:
      return "gitea";
    case WebhookProvider::kForgejo:
      return "forgejo";
    case WebhookProvider::kGogs:
      return "gogs";
    case WebhookProvider::kBitbucket:
      return "bitbucket";
    case WebhookProvider::kBitbucketServer:
      return "bitbucket-server";
    case WebhookProvider::kGeneric:
      return "generic";
  }
  CHECK(false);
}

const std::vector<WebhookProvider>& AllWebhookProviders() {
  static const std::vector<WebhookProvider> kAll{
      WebhookProvider::kGitHub,          WebhookProvider::kGitLab, WebhookProvider::kGitea,
      WebhookProvider::kForgejo,         WebhookProvider::kGogs,   WebhookProvider::kBitbucket,
      WebhookProvider::kBitbucketServer, WebhookProvider::kGeneric};
  return kAll;
}

std::optional<WebhookProvider> WebhookProviderFrom(std::string_view name) {
  for (const WebhookProvider provider : AllWebhookProviders()) {
    if (ToString(provider) == name) return provider;
  }
  return std::nullopt;
}

std::string_view EventName(WebhookProvider provider, const WebhookHeaders& headers) {
  return FirstOf(NamesOf(provider).event, headers);
}

std::string_view DeliveryId(WebhookProvider provider, const WebhookHeaders& headers) {
  const std::string_view id = FirstOf(NamesOf(provider).delivery, headers);
  const bool prints =
      std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return prints && id.size() <= kLongestId ? id : std::string_view();
}

}  // namespace gitops

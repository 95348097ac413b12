// WebhookProvider: who sends a webhook, as the configuration says; never guessed from a request,
// since Gitea and Forgejo send the headers of others too. Plain values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gitops {

enum class WebhookProvider {
  kGitHub,
  kGitLab,
  kGitea,
  kForgejo,
  kGogs,
  kBitbucket,        ///< Cloud.
  kBitbucketServer,  ///< Data Center.
  kGeneric,          ///< Anything that can compute an HMAC.
};

/// "github", …, "bitbucket-server", "generic": in the configuration and in the route's path.
std::string_view ToString(WebhookProvider provider);
std::optional<WebhookProvider> WebhookProviderFrom(std::string_view name);
const std::vector<WebhookProvider>& AllWebhookProviders();

/// The value of the only header field with this name; nullopt when there is none, or several.
using WebhookHeaders = std::function<std::optional<std::string_view>(std::string_view name)>;

/// The provider's name of the event ("push", "Merge Request Hook", "repo:push"); "" when it says
/// none.
std::string_view EventName(WebhookProvider provider, const WebhookHeaders& headers);

/// The provider's own id of the delivery, the same when it is sent again; "" when it sends none or
/// one that is not fit to keep (longer than 128 bytes, or with bytes that do not print).
std::string_view DeliveryId(WebhookProvider provider, const WebhookHeaders& headers);

}  // namespace gitops

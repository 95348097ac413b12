// Authentication of webhooks: whether the exact bytes of a request come from somebody who knows a
// secret. Constant time in what the sender controls; only SHA-256. Pure: the time is an argument.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/secret.h"
#include "sources/webhook_provider.h"

namespace gitops {

/// What a route checks requests with.
struct WebhookKeys {
  std::vector<Secret> secrets;  ///< Each is accepted, so that one can be replaced by another.
  /// Random bytes of this process: plain tokens are compared as HMACs under it.
  Secret comparison_key;
};

enum class WebhookAuthenticity {
  kAuthentic,
  kRefused,
  /// Signed well, but its `webhook-timestamp` is more than five minutes off.
  kStale,
  /// The connection test of Bitbucket Data Center, which is never signed. It has no effect.
  kUnsignedTest,
};

/// Checks the body by the provider's rule; without secrets everything is refused.
WebhookAuthenticity Authenticate(WebhookProvider provider, const WebhookKeys& keys,
                                 const WebhookHeaders& headers, std::string_view body,
                                 WallTime now);

/// The header fields that prove to `provider`'s route that the sender knows `secret`, for trying a
/// route. The secret is not in them: for GitLab they are those of its newer, signed form. `id` is
/// the delivery's.
std::vector<std::pair<std::string, std::string>> SignWebhook(WebhookProvider provider,
                                                             const Secret& secret,
                                                             std::string_view body,
                                                             const std::string& id, WallTime now);

}  // namespace gitops

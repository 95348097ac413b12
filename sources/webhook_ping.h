// A ping as a provider would send it: for trying a route from end to end without any effect. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/secret.h"
#include "sources/webhook_provider.h"

namespace gitops {

struct WebhookPing {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// Signed with `secret`, which itself is never in it. `id` names the delivery.
WebhookPing MakeWebhookPing(WebhookProvider provider, const Secret& secret, const std::string& id,
                            WallTime now);

}  // namespace gitops

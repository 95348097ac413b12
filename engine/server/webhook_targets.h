// WebhookTarget: what one configured webhook is checked with. Made from the configuration at start
// and at each reload. Plain values.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/secret.h"
#include "engine/model/config.h"
#include "engine/reconcile/secret_reader.h"
#include "sources/webhook_auth.h"
#include "sources/webhook_provider.h"

namespace gitops {

struct WebhookTarget {
  SourceSpec source;
  WebhookProvider provider = WebhookProvider::kGeneric;
  WebhookKeys keys;
};

struct WebhookTargets {
  /// By "provider/source", the end of the route's path.
  std::map<std::string, std::shared_ptr<const WebhookTarget>, std::less<>> by_path;
  /// A warning for each webhook that is configured and has no usable secret: its route does not
  /// exist.
  Diagnostics problems;
};

/// Reads the secrets. `comparison_key`: random bytes, see WebhookKeys.
WebhookTargets MakeWebhookTargets(const Config& config, SecretReader& secrets,
                                  const Secret& comparison_key);

/// "/hooks/github/apps".
std::string WebhookPath(WebhookProvider provider, const std::string& source);

}  // namespace gitops

// Sends a signed ping to the webhook route of a running daemon, over its own HTTP front, and tells
// what it answered. Thread-safe.
#pragma once

#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/model/config.h"
#include "engine/os/web_client.h"

namespace gitops {

struct WebhookProbe {
  const Config& config;
  const SourceSpec& source;
  const Secret& secret;
  std::string delivery_id;
  WallTime now;
};

struct WebhookAnswer {
  std::string url;  ///< That was posted to.
  int status = 0;   ///< HTTP status.
};

/// Posts to the address that the configuration's server listens on. The secret signs the ping and
/// is not sent; so the certificate of a server with TLS, which is made for another name, is not
/// checked. Takes at most ten seconds. Errors: kTransient: nobody answers; others as WebClient's.
/// REQUIRES: the source has a webhook with a known provider.
Result<WebhookAnswer> ProbeWebhook(const WebhookProbe& probe, WebClient& web);

}  // namespace gitops

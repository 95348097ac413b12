// From a webhook's body to a WebhookEvent. Only bytes that Authenticate believed are given here.
// What is missing or of a wrong type where an event needs it is an error, never a guess; what an
// event does not need is not looked at. Pure.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "sources/webhook_event.h"
#include "sources/webhook_provider.h"

namespace gitops {

/// Errors: kInvalid: no JSON, nested deeper than kJsonDepth, or not what this provider's event has
/// to hold; kTransient: no memory. Messages never quote the body.
Result<WebhookEvent> ParseWebhook(WebhookProvider provider, const WebhookHeaders& headers,
                                  std::string_view body);

}  // namespace gitops

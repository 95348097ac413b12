// Whether a webhook concerns a source: its repository, and the ref that the source follows. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/model/source.h"
#include "sources/webhook_event.h"
#include "sources/webhook_provider.h"

namespace gitops {

struct WebhookMatch {
  bool concerns = false;
  std::string why;  ///< Fixed text for a person when it does not; "" when it does.
};

/// An event concerns a source when one of its refs is the one that the source follows, and its
/// repository is the source's: by a URL of the payload, by project key and slug where it holds no
/// URL, or unchecked where nothing can be compared (a source on a path without webhook_match, a
/// payload without a repository).
WebhookMatch MatchWebhook(const WebhookEvent& event, WebhookProvider provider,
                          const SourceSpec& source);

}  // namespace gitops

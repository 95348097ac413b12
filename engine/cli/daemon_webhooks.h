// DaemonWebhooks: the webhook route of a daemon with what it needs: the limit on failures, the keys
// of the configuration that is in force. Thread-safe. What it is made from outlives it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/secret.h"
#include "engine/model/config.h"
#include "engine/model/engine_observer.h"
#include "engine/reconcile/secret_reader.h"
#include "engine/server/failure_limiter.h"
#include "engine/server/webhook_route.h"
#include "engine/store/delivery_store.h"

namespace gitops {

class DaemonWebhooks {
 public:
  /// `wake`: a source owes a look from now on; called by a thread of the route.
  DaemonWebhooks(DeliveryStore& store, EngineObserver& observer, const Clock& clock, Log& log,
                 std::function<void(const std::string& source)> wake);

  /// Serves the webhooks of this configuration from now on, and warns of those that cannot be.
  void Configure(const Config& config);

  const std::shared_ptr<WebhookRoute>& route() const { return route_; }

 private:
  SystemSecretReader secrets_;
  const Secret comparison_key_;
  FailureLimiter failures_;
  const std::shared_ptr<WebhookRoute> route_;  ///< Last: its threads use the rest.
};

}  // namespace gitops

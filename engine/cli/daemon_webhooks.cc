#include "engine/cli/daemon_webhooks.h"

#include <utility>

#include "engine/os/system_random.h"
#include "engine/server/webhook_targets.h"

namespace gitops {
namespace {

constexpr std::size_t kComparisonKeyBytes = 32;

}  // namespace

DaemonWebhooks::DaemonWebhooks(DeliveryStore& store, EngineObserver& observer, const Clock& clock,
                               Log& log, std::function<void(const std::string&)> wake)
    : comparison_key_(RandomBytes(kComparisonKeyBytes)),
      route_(std::make_shared<WebhookRoute>(WebhookParts{.store = store,
                                                         .failures = failures_,
                                                         .observer = observer,
                                                         .clock = clock,
                                                         .log = log,
                                                         .wake = std::move(wake)})) {}

void DaemonWebhooks::Configure(const Config& config) {
  route_->SetTargets(MakeWebhookTargets(config, secrets_, comparison_key_));
}

}  // namespace gitops

// ApiSetup: the API with what it is put together from: its connections to the state, tokens, audit.
// What it is made from outlives it; its route ends when the front that holds it has gone.
#pragma once

#include <memory>
#include <string>

#include "engine/base/log.h"
#include "engine/base/work_counters.h"
#include "engine/model/config.h"
#include "engine/reconcile/daemon_control.h"
#include "engine/server/api_route.h"
#include "engine/server/failure_limiter.h"
#include "engine/server/host_policy.h"
#include "engine/server/progress_book.h"
#include "engine/store/app_listing.h"
#include "engine/store/audit_store.h"
#include "engine/store/delivery_store.h"
#include "engine/store/drift_store.h"
#include "engine/store/idempotency_store.h"
#include "engine/store/operation_store.h"
#include "engine/store/store.h"
#include "engine/store/token_store.h"

namespace gitops {

struct ApiSetupRequest {
  const Config& config;  ///< The one that the state was opened with.
  const Secret& key;     ///< Of the state.
  DaemonControl& daemon;
  Store& store;
  DeliveryStore& deliveries;
  DriftStore& drift;
  FailureLimiter& failures;
  const Clock& clock;
  Log& log;
  ProgressBook& progress;
  const WorkCounters& counters;
};

class ApiSetup {
 public:
  /// Opens what the API needs of a state that is there, makes the loopback token where it is
  /// missing, and hands to the daemon what an earlier one was asked for and did not finish. Errors:
  /// as AccessDatabase::Open, EnsureLoopbackToken and ApiRoute::TakeUp.
  static Result<std::unique_ptr<ApiSetup>> Make(const ApiSetupRequest& request);

  /// Takes over what can change while it serves.
  void Follow(const ServerSpec& spec) { hosts_.SetPublicUrl(spec.public_url); }

  /// The id of the API request that a run under way came of; "" when it came of none.
  std::string RequestOf(RunId run) { return route_->RequestOf(run); }

  /// For the path /api.
  std::shared_ptr<HttpRoute> route() const { return route_; }

 private:
  ApiSetup(const ApiSetupRequest& request, const std::shared_ptr<AccessDatabase>& database,
           std::unique_ptr<AppListing> listing);

  std::unique_ptr<AppListing> listing_;
  TokenStore tokens_;
  AuditStore audit_;
  IdempotencyStore idempotency_;
  OperationStore operations_;
  HostPolicy hosts_;
  std::shared_ptr<ApiRoute> route_;
};

}  // namespace gitops

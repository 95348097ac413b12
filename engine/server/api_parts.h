// ApiParts: what the API is put together from. Filled by the composition root, borrowed by
// everything in this folder whose name begins with api; all of it outlives the API and is
// thread-safe.
#pragma once

#include <functional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/work_counters.h"
#include "engine/reconcile/daemon_control.h"
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

struct ApiParts {
  DaemonControl& daemon;
  Store& store;
  DeliveryStore& deliveries;
  DriftStore& drift;
  AppListing& listing;
  TokenStore& tokens;
  AuditStore& audit;
  IdempotencyStore& idempotency;
  OperationStore& operations;
  FailureLimiter& failures;
  const HostPolicy& hosts;
  const Clock& clock;
  Log& log;
  ProgressBook& progress;        ///< Hears the daemon.
  const WorkCounters& counters;  ///< Of the whole process.
  /// Where the log of a run is.
  std::function<std::string(const AppId&, RunId)> run_log_path;
};

}  // namespace gitops

// The API's table of endpoints: the one place that names its paths, methods, rights and query
// parameters below /api/v1. docs/openapi.json says the same; a test holds them together. Constant
// data and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/app_id.h"
#include "engine/model/token.h"

namespace gitops {

enum class ApiTarget {
  kOpenApi,
  kApps,
  kApp,
  kDiff,
  kHistory,
  kSnapshots,
  kRun,
  kRunLog,
  kEvents,
  kStream,
  kSources,
  kDeliveries,
  kOperation,
  kAudit,
  kReconcile,
  kReconcileApp,
  kRollback,
  kSuspend,
  kResume,
  kCancelRun,
  kDown,
  kUp,
};

struct ApiEndpoint {
  ApiTarget target = ApiTarget::kApps;
  std::string_view method;
  std::string_view path;  ///< "apps/{environment}/{name}", "runs/{id}"
  TokenRole role = TokenRole::kViewer;
  bool whole = false;      ///< Not for tokens that are limited to some apps.
  std::string_view audit;  ///< "app.rollback": how the audit calls it; "" for what only looks.
  std::vector<std::string_view> parameters;  ///< Of the query.
  bool local = false;  ///< Only for commands of this machine, with its loopback token.
};

std::span<const ApiEndpoint> ApiEndpoints();

/// The endpoint that the audit calls so; null: none.
const ApiEndpoint* EndpointOfAction(std::string_view audit);

/// Where a path leads.
struct ApiMatch {
  const ApiEndpoint* endpoint = nullptr;  ///< Null: the path or its method does not exist.
  std::string allow;        ///< Methods of the path, "GET"; "" when there is no such path.
  AppId app;                ///< Of {environment}/{name}.
  std::int64_t number = 0;  ///< Of {id}.
};

/// `segments` of the path behind /api/v1, decoded. What cannot be a name or a number leads nowhere.
ApiMatch MatchEndpoint(std::string_view method, std::span<const std::string> segments);

}  // namespace gitops

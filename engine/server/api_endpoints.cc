#include "engine/server/api_endpoints.h"

#include <charconv>

namespace gitops {
namespace {

std::vector<ApiEndpoint> AllEndpoints() {
  using Target = ApiTarget;
  constexpr TokenRole kViewer = TokenRole::kViewer;
  constexpr TokenRole kDeployer = TokenRole::kDeployer;
  return {
      {Target::kOpenApi, "GET", "openapi.json", kViewer, false, "", {}},
      {Target::kApps,
       "GET",
       "apps",
       kViewer,
       false,
       "",
       {"environment", "source", "sync", "health", "verdict", "prefix", "sort", "limit", "cursor"}},
      {Target::kApp, "GET", "apps/{environment}/{name}", kViewer, false, "", {}},
      {Target::kDiff, "GET", "apps/{environment}/{name}/diff", kViewer, false, "", {}},
      {Target::kHistory, "GET", "apps/{environment}/{name}/history", kViewer, false, "", {"limit"}},
      {Target::kSnapshots, "GET", "apps/{environment}/{name}/snapshots", kViewer, false, "", {}},
      {Target::kRun, "GET", "runs/{id}", kViewer, false, "", {}},
      {Target::kRunLog, "GET", "runs/{id}/log", kViewer, false, "", {"tail", "follow"}},
      {Target::kEvents,
       "GET",
       "events",
       kViewer,
       false,
       "",
       {"environment", "name", "source", "after", "limit"}},
      {Target::kStream, "GET", "stream", kViewer, false, "", {"environment", "name", "source"}},
      {Target::kSources, "GET", "sources", kViewer, true, "", {}},
      {Target::kDeliveries, "GET", "deliveries", kViewer, true, "", {"source", "before", "limit"}},
      {Target::kOperation, "GET", "operations/{id}", kViewer, false, "", {"wait", "after"}},
      {Target::kAudit, "GET", "audit", TokenRole::kAdmin, true, "", {"before", "limit"}},
      {Target::kReconcile, "POST", "reconcile", kDeployer, true, "reconcile", {}},
      {Target::kReconcileApp,
       "POST",
       "apps/{environment}/{name}/reconcile",
       kDeployer,
       false,
       "app.reconcile",
       {}},
      {Target::kRollback,
       "POST",
       "apps/{environment}/{name}/rollback",
       kDeployer,
       false,
       "app.rollback",
       {}},
      {Target::kSuspend,
       "POST",
       "apps/{environment}/{name}/suspend",
       kDeployer,
       false,
       "app.suspend",
       {}},
      {Target::kResume,
       "POST",
       "apps/{environment}/{name}/resume",
       kDeployer,
       false,
       "app.resume",
       {}},
      {Target::kCancelRun, "POST", "runs/{id}/cancel", kDeployer, false, "run.cancel", {}},
      {Target::kDown,
       "POST",
       "apps/{environment}/{name}/down",
       TokenRole::kAdmin,
       false,
       "app.down",
       {}},
      {Target::kUp, "POST", "up", TokenRole::kAdmin, true, "app.up", {}, true},
  };
}

bool ReadNumber(const std::string& text, std::int64_t& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && number > 0 && text.front() != '0';
}

/// Fits one segment to one word of a path.
bool Fits(std::string_view word, const std::string& segment, ApiMatch& match) {
  if (word == "{environment}" || word == "{name}") {
    if (!IsValidName(segment)) return false;
    (word == "{name}" ? match.app.name : match.app.environment) = segment;
    return true;
  }
  if (word == "{id}") return ReadNumber(segment, match.number);
  return word == segment;
}

bool FitsPath(std::string_view path, std::span<const std::string> segments, ApiMatch& match) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::size_t slash = path.find('/');
    if (!Fits(path.substr(0, slash), segments[i], match)) return false;
    const bool last = i + 1 == segments.size();
    if (slash == std::string_view::npos) return last;
    path.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace

std::span<const ApiEndpoint> ApiEndpoints() {
  static const std::vector<ApiEndpoint> endpoints = AllEndpoints();
  return endpoints;
}

const ApiEndpoint* EndpointOfAction(std::string_view audit) {
  for (const ApiEndpoint& endpoint : ApiEndpoints()) {
    if (!audit.empty() && endpoint.audit == audit) return &endpoint;
  }
  return nullptr;
}

ApiMatch MatchEndpoint(std::string_view method, std::span<const std::string> segments) {
  std::string allow;
  for (const ApiEndpoint& endpoint : ApiEndpoints()) {
    ApiMatch match;
    if (!FitsPath(endpoint.path, segments, match)) continue;
    if (endpoint.method == method) {
      match.endpoint = &endpoint;
      match.allow = endpoint.method;
      return match;
    }
    allow = endpoint.method;
  }
  ApiMatch none;
  none.allow = allow;
  return none;
}

}  // namespace gitops

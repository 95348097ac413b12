// The part of EngineImpl that looks at what is really there.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/base/suggest.h"
#include "engine/reconcile/drift_check.h"
#include "engine/reconcile/engine_impl.h"
#include "engine/reconcile/names.h"
#include "engine/reconcile/source_specs.h"
#include "engine/reconcile/worker_pool.h"

namespace gitops {
namespace {

Result<std::vector<AppRecord>> AppsNamed(Store& store, const DriftRequest& request) {
  std::vector<AppRecord> apps;
  std::set<AppId> taken;
  for (const std::string& name : request.apps) {
    ASSIGN_OR_RETURN(auto found, FindAppsNamed(store, name, request.environment));
    std::erase_if(found, [&](const AppRecord& app) {
      return !request.source.empty() && app.source != request.source;
    });
    if (found.empty()) {
      ASSIGN_OR_RETURN(const auto all, store.ListApps({}));
      std::vector<std::string> names;
      for (const AppRecord& app : all) names.push_back(app.id.name);
      return MakeError(ErrorKind::kNotFound, "no such app",
                       "\"" + name + "\" is no app that is recorded" +
                           (request.source.empty() ? "" : " of source " + request.source),
                       SuggestName(name, names));
    }
    for (AppRecord& app : found) {
      if (taken.insert(app.id).second) apps.push_back(std::move(app));
    }
  }
  return apps;
}

}  // namespace

Result<DriftReport> EngineImpl::Drift(const DriftRequest& request, std::stop_token stop) {
  // What `up` brought is of no configured source, and a source may be gone that apps are left of.
  const bool known = FindSource(parts_.config, request.source) != nullptr;
  std::vector<AppRecord> apps;
  if (!request.apps.empty()) {
    ASSIGN_OR_RETURN(apps, AppsNamed(parts_.store, request));
  } else {
    AppFilter scope;
    scope.environment = request.environment;
    scope.source = request.source;
    ASSIGN_OR_RETURN(apps, parts_.store.ListApps(scope));
    if (apps.empty() && !request.source.empty() && !known) {
      return UnknownSource(parts_.config, request.source);
    }
    std::erase_if(apps, [](const AppRecord& app) { return !app.has_recorded_steps; });
  }
  std::vector<std::optional<Result<AppDrift>>> seen(apps.size());
  RunParallel(apps.size(), parts_.config.limits.parallel_apps, stop,
              [&](std::size_t i) { seen[i] = CheckDrift(parts_, apps[i], stop); });
  if (stop.stop_requested()) {
    return MakeError(ErrorKind::kCancelled, "stopped", "while apps were looked at");
  }
  DriftReport report;
  for (auto& app : seen) {
    if (!*app) return std::move(*app).error();
    report.apps.push_back(**std::move(app));
  }
  std::sort(report.apps.begin(), report.apps.end(),
            [](const AppDrift& a, const AppDrift& b) { return a.app < b.app; });
  return report;
}

}  // namespace gitops

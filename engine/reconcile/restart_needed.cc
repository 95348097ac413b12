#include "engine/reconcile/restart_needed.h"

#include <string>

namespace gitops {
namespace {

class Comparison {
 public:
  template <typename T>
  void Compare(const char* key, const T& started, const T& now) {
    if (started == now) return;
    Diagnostic warning;
    warning.severity = Severity::kWarning;
    warning.summary = "a restart is needed";
    warning.subject = key;
    warning.detail = std::string(key) + " is only read when the daemon starts; it goes on with " +
                     "what was there then";
    warning.hint = "restart the daemon: systemctl restart tfgrid-compose";
    warnings_.push_back(std::move(warning));
  }
  Diagnostics Take() { return std::move(warnings_); }

 private:
  Diagnostics warnings_;
};

}  // namespace

Diagnostics RestartNeeded(const Config& started, const Config& now) {
  Comparison keys;
  keys.Compare("server.listen", started.server.listen, now.server.listen);
  keys.Compare("server.tls", started.server.tls, now.server.tls);
  const ServerLimits& then = started.server.limits;
  const ServerLimits& fresh = now.server.limits;
  keys.Compare("server.limits.connections", then.connections, fresh.connections);
  keys.Compare("server.limits.bodies", then.bodies, fresh.bodies);
  keys.Compare("server.limits.bodyMemory", then.body_memory_bytes, fresh.body_memory_bytes);
  keys.Compare("server.limits.backlog", then.backlog, fresh.backlog);
  keys.Compare("limits.parallelApps", started.limits.parallel_apps, now.limits.parallel_apps);
  keys.Compare("limits.parallelFetches", started.limits.parallel_fetches,
               now.limits.parallel_fetches);
  keys.Compare("limits.repositorySize", started.limits.repository_bytes,
               now.limits.repository_bytes);
  return keys.Take();
}

}  // namespace gitops

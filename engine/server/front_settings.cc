#include "engine/server/front_settings.h"

namespace gitops {

FrontSettings SettingsOf(const FrontOptions& options) {
  return {options.trusted_proxies,          options.head,
          options.limits.bodies_per_client, options.limits.head_timeout,
          options.limits.body_timeout,      options.limits.idle_timeout};
}

}  // namespace gitops

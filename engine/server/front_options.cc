#include "engine/server/front_options.h"

namespace gitops {

FrontOptions OptionsOf(const ServerSpec& spec) {
  FrontOptions options;
  options.listen = {spec.listen};
  options.tls = spec.tls;
  options.trusted_proxies = spec.trusted_proxies;
  options.limits = spec.limits;
  options.head.head_bytes = static_cast<std::size_t>(spec.limits.head_bytes);
  options.head.fields = static_cast<std::size_t>(spec.limits.head_fields);
  options.backlog = spec.limits.backlog;
  return options;
}

}  // namespace gitops

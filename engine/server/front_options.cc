#include "engine/server/front_options.h"

namespace gitops {

FrontOptions OptionsOf(const ServerSpec& spec) {
  FrontOptions options;
  options.listen = {spec.listen};
  options.tls = spec.tls;
  options.trusted_proxies = spec.trusted_proxies;
  options.limits = spec.limits;
  return options;
}

}  // namespace gitops

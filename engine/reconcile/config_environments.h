// The `environments:`, `limits:` and `appUsers:` parts of reconciler.yaml.
#pragma once

#include <map>
#include <string>

#include "engine/model/config.h"
#include "engine/reconcile/config_context.h"

namespace gitops {

/// Reads the map `environments`. Problems go to the context; an environment that does not fit its
/// shape, which is reported elsewhere, has only its name.
std::map<std::string, EnvironmentSpec> ReadEnvironments(const YamlNode& environments,
                                                        ConfigContext& context);

/// Reads the map `limits`; the defaults when it does not fit its shape.
Limits ReadLimits(const YamlNode& limits);

/// Reads the map `appUsers`; the defaults when it does not fit its shape.
AppUsers ReadAppUsers(const YamlNode& users, ConfigContext& context);

}  // namespace gitops

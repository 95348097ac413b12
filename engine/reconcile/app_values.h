// AppValues: the value of each variable an app declares, as of now, and where it comes from.
// Precedence: environments.<name>.apps.<app>.environment, then environments.<name>.environment,
// then the app's env_file, then the default in the manifest (never that of a secret).
#pragma once

#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/model/app_variables.h"
#include "engine/model/config.h"
#include "engine/model/manifest.h"
#include "engine/reconcile/secret_reader.h"

namespace gitops {

struct AppValuesRequest {
  const Manifest& manifest;
  const EnvironmentSpec& environment;
  /// Values of the env_file by name; empty when there is none.
  const std::map<std::string, std::string>& env_file;
  std::string manifest_file;  ///< For messages.
};

/// Resolves. A required variable without a value is not an error here but in `missing`. Errors:
/// kInvalid or kNotFound when a configured secret cannot be read; kInvalid when a value is not one
/// of the declared options.
Result<AppVariables> ResolveAppVariables(const AppValuesRequest& request, SecretReader& secrets);

/// Digest over everything in the environment that can change what its apps want, values of secrets
/// included (keyed). Secrets that cannot be read count as such; no error.
std::string EnvironmentDigest(const EnvironmentSpec& environment, SecretReader& secrets,
                              std::string_view digest_key);

}  // namespace gitops

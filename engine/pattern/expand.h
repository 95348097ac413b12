// Expand: manifest + pattern + environment → DesiredState. Pure: everything comes in as values or
// through FileTree, so the same input always gives the same steps.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/app_variables.h"
#include "engine/model/desired_state.h"
#include "engine/model/file_tree.h"
#include "engine/model/manifest.h"
#include "engine/pattern/pattern.h"

namespace gitops {

struct ExpandRequest {
  AppId app;
  Revision revision;
  const Manifest& manifest;
  const FileTree& app_files;
  const Pattern& pattern;
  const FileTree& pattern_files;
  std::string provider;  ///< The manifest's, else the environment's.
  const std::map<std::string, Value>&
      variables;  ///< The environment's overrides, by variable name.
  const AppVariables& app_variables;
  std::string_view digest_key;  ///< Keys the digests of secret values.
};

/// Expands. Errors: kInvalid with every problem found (a variable out of bounds, a hook that is not
/// there, a provider the pattern does not have, a required variable without a value).
Result<DesiredState> Expand(const ExpandRequest& request);

}  // namespace gitops

// The values of a manifest's env_file, by name.
#pragma once

#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/model/manifest.h"

namespace gitops {

/// Reads the declared env_file from the app's files; empty when none is declared. Errors: kInvalid
/// with line numbers, kNotFound.
Result<std::map<std::string, std::string>> ReadEnvFileValues(const Manifest& manifest,
                                                             const FileTree& files,
                                                             const std::string& manifest_file);

}  // namespace gitops

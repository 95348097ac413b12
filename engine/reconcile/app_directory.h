// AppDirectory: which directory `up PATH` means. Looks at names only.
#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.h"

namespace gitops {

/// The directory that holds a manifest and is at `path`, or whose manifest is at `path`; without
/// links. Errors: kNotFound (no such directory, no manifest in it), kInvalid (another file).
Result<std::filesystem::path> FindAppDirectory(const std::string& path);

}  // namespace gitops

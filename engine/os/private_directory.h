// Directories that only their owner may enter.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace gitops {

/// Makes the directory at `path` and the missing ones above it, each with mode 0700. An existing
/// one at `path` has to be a directory (not a link to one) of this user; its mode becomes 0700.
/// Errors: kInvalid.
Status MakePrivateDirectory(const std::string& path);

}  // namespace gitops

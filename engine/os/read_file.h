// Reading whole files with a limit that is checked before anything is read.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/result.h"

namespace gitops {

/// The bytes of the regular file at `path` (links are followed: the path is the caller's own).
/// Errors: kNotFound, kInvalid (more than `limit` bytes, not a regular file, no permission).
Result<std::string> ReadSmallFile(const std::string& path, std::size_t limit);

/// Reads an open file to its end; more than `limit` bytes is kInvalid. `path` is for messages.
Result<std::string> ReadAll(int fd, const std::string& path, std::size_t limit);

}  // namespace gitops

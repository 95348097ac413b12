// The key that keys digests of secrets and seals outputs: 32 random bytes in a private file.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace gitops {

inline constexpr std::size_t kKeySize = 32;

/// Reads the key at `path`; makes it first when there is no such file, so that of several
/// processes that do so at once all get the same key. Errors: kInvalid when the file is a link,
/// has another size, another owner, or can be read by others.
Result<Secret> ReadOrCreateKeyFile(const std::string& path);

}  // namespace gitops

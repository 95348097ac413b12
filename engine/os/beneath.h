// Opening files beneath a directory without ever following a symbolic link: each component is
// opened on its own with O_NOFOLLOW, so nothing that is swapped in meanwhile leads outside.
// Stateless, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// Opens the directory at `path` (which may contain links: it is the caller's own choice).
Result<UniqueFd> OpenDirectory(const std::string& path);

/// Opens the directory `relative` beneath `root`; "" is `root` itself. Errors: kInvalid for unsafe
/// paths and links, kNotFound.
Result<UniqueFd> OpenDirectoryBeneath(int root, std::string_view relative);

/// Opens the file `relative` beneath `root` with `flags` (O_CLOEXEC, O_NOFOLLOW and O_NONBLOCK are
/// added) and `mode` for files it creates. Errors as above.
Result<UniqueFd> OpenFileBeneath(int root, std::string_view relative, int flags,
                                 unsigned int mode = 0);

}  // namespace gitops

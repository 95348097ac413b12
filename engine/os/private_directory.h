// Directories that only their owner may enter.
#pragma once

#include <sys/types.h>

#include <string>

#include "engine/base/result.h"

namespace gitops {

/// Makes the directory at `path` and the missing ones above it, each with mode 0700. An existing
/// one at `path` has to be a directory (not a link to one) of this user; its mode becomes 0700.
/// Errors: kInvalid.
Status MakePrivateDirectory(const std::string& path);

/// As MakePrivateDirectory for a directory of the user `owner`, in one of this user. What is in it
/// becomes that user's when it was another's. Errors: kInvalid, kTransient.
Status MakeOwnedDirectory(const std::string& path, uid_t owner, gid_t group);

/// Gives `fd`, which is open, to a user; nothing happens when it is theirs.
Status GiveTo(int fd, const std::string& path, uid_t owner, gid_t group);

}  // namespace gitops

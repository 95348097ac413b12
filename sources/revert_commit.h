// RevertCommit: a new commit that brings one directory back to an earlier tree.
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "sources/git_repository.h"

namespace gitops {

/// Writes, on top of `parent`, a commit in which `directory` ("" is the root) is `tree`. nullopt
/// when it is so already. `tree` has to be in the repository. Errors: kInvalid (unsafe path, or a
/// file is in the way), kNotFound, kCorruption, kTransient.
Result<std::optional<ObjectId>> WriteRevertCommit(GitRepository& repository, const ObjectId& parent,
                                                  const std::string& directory,
                                                  const ObjectId& tree, const std::string& message,
                                                  WallTime time);

}  // namespace gitops

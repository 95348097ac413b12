// LocalTip: the commit that a source's ref names in a repository on this machine. Exact names only,
// never a revision expression.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/model/source.h"
#include "sources/git_repository.h"

namespace gitops {

/// Errors: kNotFound (empty repository, no such ref or commit), kInvalid (a bad name, or not a
/// commit), kCorruption.
Result<ObjectId> ResolveTip(GitRepository& repository, RefKind kind, const std::string& ref,
                            const std::string& shown_name);

/// Follows annotated tags to what they name. Errors: kInvalid (`kind` and `ref` are for its
/// message), kCorruption (missing or broken).
Result<ObjectId> PeelToCommit(GitRepository& repository, const ObjectId& id, RefKind kind,
                              const std::string& ref);

}  // namespace gitops

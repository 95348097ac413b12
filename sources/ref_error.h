// RefError: what to say when a source's ref is not in its repository. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/model/source.h"

namespace gitops {

/// kNotFound for a ref that is missing among `refs` (complete names, "refs/heads/main"): the
/// repository is empty, or the nearest names, or that a tag of that name exists.
Error RefMissing(RefKind kind, const std::string& ref, const std::vector<std::string>& refs,
                 const std::string& repository);

/// kInvalid for a tag (or branch) of something that is not a commit; `type` is "blob" or "tree".
Error RefNotACommit(RefKind kind, const std::string& ref, const std::string& type);

/// "branch", "tag" or "commit".
std::string_view NameOf(RefKind kind);

/// "refs/heads/<ref>" or "refs/tags/<ref>". REQUIRES: not a commit.
std::string FullRefName(RefKind kind, const std::string& ref);

}  // namespace gitops

// GitObject: how Git names an object and writes a mode. Git trees, directories that are compared
// with them and what is put into a mirror agree by these two functions. Pure. Format:
// https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
#pragma once

#include <string_view>

#include "engine/model/file_tree.h"
#include "engine/model/object_id.h"

namespace gitops {

/// What Git calls an object of this type ("blob", "tree", "commit", "tag") with these bytes: SHA-1
/// of
/// "<type> <size>", a NUL and the bytes.
ObjectId GitObjectId(std::string_view type, std::string_view bytes);

/// The mode that a tree object holds for an entry of this kind: "100644", "40000", …
std::string_view GitMode(EntryKind kind);

}  // namespace gitops

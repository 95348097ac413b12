// TreeNames: names that Git can store but that are dangerous in a directory on disk or in a
// message. Pure.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"

namespace gitops {

/// True when `path` (not empty) is safe to create on disk and to show: IsSafeRelativePath, valid
/// UTF-8 without control or bidirectional characters, and no name that another system reads as
/// ".git" ("git~1", ".git.", ".git ").
bool IsSafeTreePath(std::string_view path);

/// Checks every name in a tree before its files are put into a directory. Reads all its trees, no
/// file. Errors: kInvalid, with one diagnostic per unsafe name (at most 20) or when the tree has
/// more than `limit` entries; kCorruption.
Status CheckTreeNames(const FileTree& files, std::size_t limit = 20'000);

}  // namespace gitops

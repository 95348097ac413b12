// TreeNames: names that Git can store but that are dangerous in a directory on disk or in a
// message. Pure.
#pragma once

#include <string_view>

namespace gitops {

/// True when `path` (not empty) is safe to create on disk and to show: IsSafeRelativePath, valid
/// UTF-8 without control or bidirectional characters, and no name that another system reads as
/// ".git" ("git~1", ".git.", ".git ").
bool IsSafeTreePath(std::string_view path);

}  // namespace gitops

// MergeWalk: the yardstick of tree comparisons, as short as it can be: two trees side by side on
// their raw bytes, equal ids skipped. It knows nothing of apps, limits or damage.
#pragma once

#include <git2.h>

#include <cstddef>

namespace gitops::bench {

/// How many files differ between two trees of the repository behind `odb`.
std::size_t CountDifferentFiles(git_odb* odb, const git_oid& from, const git_oid& to);

}  // namespace gitops::bench

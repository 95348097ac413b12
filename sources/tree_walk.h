// TreeWalk: which directories of a tree are apps, and which apps differ between two trees. Works on
// tree objects alone: equal ids are skipped without a look, nothing below a manifest is read, no
// blob is ever read. (libgit2's own diff reads the whole repository; see docs/sources.md.)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "sources/git_mirror.h"
#include "sources/tree_object.h"

namespace gitops {

struct WalkLimits {
  int depth = 64;                     ///< Directories above one another.
  std::size_t directories = 1 << 20;  ///< Read in one walk.
  std::size_t apps = 200'000;         ///< Found in one walk.
};

/// Every directory below `root` that holds a manifest, sorted by path; `prefix` ("" or the source's
/// path) is put before each path. A directory with a manifest is not entered further, nor is one
/// below `patterns/` that holds a pattern.yaml. Errors: kNotFound (root), kCorruption (anything
/// below it is missing or broken), kInvalid (a limit, or an app below an unsafe name).
Result<std::vector<AppDirectory>> FindAppDirectories(TreeReader& reader, const ObjectId& root,
                                                     std::string_view prefix,
                                                     const WalkLimits& limits = {});

/// The apps that differ between two roots. Errors: kNotFound when anything of `from`, or the root
/// `to`, is missing; else as FindAppDirectories.
Result<TreeComparison> CompareTrees(TreeReader& reader, const ObjectId& from, const ObjectId& to,
                                    std::string_view prefix, const WalkLimits& limits = {});

}  // namespace gitops

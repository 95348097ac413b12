// ObjectCopy: brings a tree with everything below it into a repository, children before parents, so
// that a tree which is present is complete. Few objects are written loose, many as one pack.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "sources/git_repository.h"

namespace gitops {

struct CopyLimits {
  std::size_t bytes = std::size_t{64} << 20U;  ///< Of all files together.
  std::size_t files = 20'000;                  ///< Files and directories.
};

/// Copies a tree from one repository to another, byte for byte. Nothing happens when it is there.
/// Errors: kNotFound (the tree is not in `from`), kCorruption (something below it is not), kInvalid
/// (a limit), kTransient (disk).
Status CopyTree(GitRepository& from, GitRepository& to, const ObjectId& tree,
                const CopyLimits& limits);

/// Copies many trees at once, as CopyTree does with one. What was added is there after Write; a
/// part of it may be there before. Not thread-safe.
class TreesCopier {
 public:
  /// Both repositories outlive the copier; the limits hold for each tree.
  TreesCopier(GitRepository& from, GitRepository& to, const CopyLimits& limits);
  ~TreesCopier();
  TreesCopier(const TreesCopier&) = delete;
  TreesCopier& operator=(const TreesCopier&) = delete;

  Status Add(const ObjectId& tree);
  Status Write();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a tree of files; returns its id, which is `files.Id()`. Errors: kInvalid (a limit),
/// kTransient (disk, or a file changed while it was read), those of `files`.
Result<ObjectId> ImportFiles(const FileTree& files, GitRepository& to, const CopyLimits& limits);

}  // namespace gitops

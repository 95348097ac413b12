// DirectoryTree: the files of a directory as a FileTree, with exactly the object ids Git would give
// them. Read once when it is opened; what is read later is checked against that. May be shared by
// threads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/file_tree.h"
#include "engine/os/unique_fd.h"

namespace gitops {

struct DirectoryTreeLimits {
  std::size_t files = 100'000;
  std::size_t bytes = 1024UL * 1024 * 1024;      ///< Of all files together.
  std::size_t file_bytes = 256UL * 1024 * 1024;  ///< Of one file.
  int depth = 64;
};

class DirectoryTree : public FileTree {
 public:
  /// Reads the directory `path`. As in Git, empty directories and special files do not count, and
  /// nothing called ".git" is looked at. Symbolic links are entries, never followed. Errors:
  /// kNotFound, kInvalid (over a limit, not readable).
  static Result<std::unique_ptr<DirectoryTree>> Open(const std::string& path,
                                                     const DirectoryTreeLimits& limits = {});

  ObjectId Id() const override { return root_id_; }
  Result<std::vector<TreeEntry>> List(std::string_view directory) const override;
  Result<std::optional<TreeEntry>> Find(std::string_view path) const override;
  /// Errors also: kTransient when the file changed since the tree was opened.
  Result<std::string> Read(std::string_view path, std::size_t limit) const override;

 private:
  class Reader;

  explicit DirectoryTree(UniqueFd root) : root_(std::move(root)) {}

  UniqueFd root_;
  ObjectId root_id_;
  std::map<std::string, std::vector<TreeEntry>, std::less<>> directories_;  ///< By path.
};

/// The id Git gives to a file with these bytes.
ObjectId BlobId(std::string_view bytes);

/// The id Git gives to a directory with these entries, which are in Git's order.
ObjectId TreeId(const std::vector<TreeEntry>& entries);

/// Git's order: by bytes, as if the names of directories ended with '/'.
bool GitOrder(const TreeEntry& a, const TreeEntry& b);

}  // namespace gitops

// GitTree: a tree of a repository as a FileTree. Keeps the repository open; threads may share it.
// The bytes are the committed ones: no attributes, filters or line-end conversions apply.
#pragma once

#include <memory>

#include "engine/model/file_tree.h"
#include "sources/git_repository.h"

namespace gitops {

class GitTree : public FileTree {
 public:
  GitTree(std::shared_ptr<GitRepository> repository, const ObjectId& root)
      : repository_(std::move(repository)), root_(root) {}

  ObjectId Id() const override { return root_; }
  Result<std::vector<TreeEntry>> List(std::string_view directory) const override;
  Result<std::optional<TreeEntry>> Find(std::string_view path) const override;
  Result<std::string> Read(std::string_view path, std::size_t limit) const override;

 private:
  std::shared_ptr<GitRepository> repository_;
  ObjectId root_;
};

}  // namespace gitops

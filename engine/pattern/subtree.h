// Subtree: one directory of a FileTree as a FileTree of its own. Adds no reads; threads may share
// it as far as they may share the tree below it, which it keeps alive.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"

namespace gitops {

class Subtree : public FileTree {
 public:
  /// `id` is the id of the directory `path` in `base`.
  Subtree(std::shared_ptr<const FileTree> base, std::string path, ObjectId id)
      : base_(std::move(base)), path_(std::move(path)), id_(id) {}

  ObjectId Id() const override { return id_; }
  Result<std::vector<TreeEntry>> List(std::string_view directory) const override {
    return base_->List(Join(directory));
  }
  Result<std::optional<TreeEntry>> Find(std::string_view path) const override {
    return base_->Find(Join(path));
  }
  Result<std::string> Read(std::string_view path, std::size_t limit) const override {
    return base_->Read(Join(path), limit);
  }

 private:
  std::string Join(std::string_view path) const {
    return path.empty() ? path_ : path_ + "/" + std::string(path);
  }

  std::shared_ptr<const FileTree> base_;
  std::string path_;
  ObjectId id_;
};

}  // namespace gitops

// LooseDirectory: a directory on disk as a FileTree that looks at files only when it is asked, for
// checks that need a few of many. It has no object ids, so it cannot be compared. Links are entries
// and never followed. What was found once is not looked up again: one is made for one check, and
// used by one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/file_tree.h"

namespace gitops {

class LooseDirectory : public FileTree {
 public:
  explicit LooseDirectory(std::string root) : root_(std::move(root)) {}

  /// Always zero: "not known".
  ObjectId Id() const override { return ObjectId(); }
  Result<std::vector<TreeEntry>> List(std::string_view directory) const override;
  Result<std::optional<TreeEntry>> Find(std::string_view path) const override;
  Result<std::string> Read(std::string_view path, std::size_t limit) const override;

 private:
  std::string Path(std::string_view path) const;
  /// What is at `path`, whose directory is known to be one.
  Result<std::optional<EntryKind>> Look(std::string_view path) const;

  const std::string root_;
  mutable std::map<std::string, std::optional<EntryKind>, std::less<>> seen_;
};

}  // namespace gitops

#include "sources/git_tree.h"

#include <string>
#include <utility>

namespace gitops {
namespace {

/// A tree object that a reachable tree names must be there: its absence is damage.
Error Damaged(Error error) {
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kCorruption;
  return error;
}

}  // namespace

Result<std::optional<TreeEntry>> GitTree::Find(std::string_view path) const {
  if (path.empty()) return std::optional(TreeEntry{"", EntryKind::kDirectory, root_});
  ObjectId directory = root_;
  while (true) {
    const std::size_t slash = path.find('/');
    Result<std::shared_ptr<const TreeEntries>> entries = repository_->ReadTree(directory);
    if (!entries) return Damaged(std::move(entries).error());
    const TreeEntry* child = FindEntry(**entries, path.substr(0, slash));
    if (child == nullptr) return std::optional<TreeEntry>();
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (path.empty()) return std::optional(*child);
    if (child->kind != EntryKind::kDirectory) return std::optional<TreeEntry>();
    directory = child->id;
  }
}

Result<std::vector<TreeEntry>> GitTree::List(std::string_view directory) const {
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, Find(directory));
  if (!entry || entry->kind != EntryKind::kDirectory) {
    return MakeError(ErrorKind::kNotFound, "no such directory", std::string(directory));
  }
  Result<std::shared_ptr<const TreeEntries>> entries = repository_->ReadTree(entry->id);
  if (!entries) return Damaged(std::move(entries).error());
  return **entries;
}

Result<std::string> GitTree::Read(std::string_view path, std::size_t limit) const {
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, Find(path));
  if (!entry || entry->kind == EntryKind::kDirectory || entry->kind == EntryKind::kSubmodule) {
    return MakeError(ErrorKind::kNotFound, "no such file", std::string(path));
  }
  Result<std::string> bytes = repository_->ReadBlob(entry->id, limit);
  if (bytes) return bytes;
  return Damaged(std::move(bytes).error()).WithContext(path);
}

}  // namespace gitops

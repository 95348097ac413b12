#include "sources/revert_commit.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "sources/snapshot_refs.h"

namespace gitops {
namespace {

/// The raw entries of a tree with `name` set to the directory `child`. Works on bytes, so that what
/// is not touched stays as it is, unusual modes too.
Result<std::string> WithChild(GitRepository& repository, const ObjectId& tree,
                              const std::string& name, const ObjectId& child) {
  TreeEntries entries;
  if (!tree.IsZero()) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEntries> present, repository.ReadTree(tree));
    entries = *present;
  }
  std::erase_if(entries, [&](const TreeEntry& entry) { return entry.name == name; });
  entries.push_back({name, EntryKind::kDirectory, child});
  return EncodeTree(std::move(entries));
}

Result<ObjectId> Replace(GitRepository& repository, const ObjectId& root, std::string_view path,
                         const ObjectId& tree) {
  if (path.empty()) return tree;
  const std::size_t slash = path.find('/');
  const std::string name(path.substr(0, slash));
  const std::string_view rest =
      slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  ObjectId child;
  if (!root.IsZero() && !rest.empty()) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEntries> entries, repository.ReadTree(root));
    if (const TreeEntry* entry = FindEntry(*entries, name)) {
      if (entry->kind != EntryKind::kDirectory) {
        return MakeError(ErrorKind::kInvalid, "directory cannot be reverted",
                         "\"" + name + "\" is " + std::string(ToString(entry->kind)) + " now");
      }
      child = entry->id;
    }
  }
  ASSIGN_OR_RETURN(child, Replace(repository, child, rest, tree));
  ASSIGN_OR_RETURN(const std::string bytes, WithChild(repository, root, name, child));
  return repository.Write(ObjectType::kTree, bytes);
}

}  // namespace

Result<std::optional<ObjectId>> WriteRevertCommit(GitRepository& repository, const ObjectId& parent,
                                                  const std::string& directory,
                                                  const ObjectId& tree, const std::string& message,
                                                  WallTime time) {
  if (!directory.empty() && !IsSafeRelativePath(directory)) {
    return MakeError(ErrorKind::kInvalid, "unsafe path", "\"" + directory + "\"");
  }
  ASSIGN_OR_RETURN(const ObjectId root, repository.TreeOfCommit(parent));
  ASSIGN_OR_RETURN(const ObjectId reverted, Replace(repository, root, directory, tree));
  if (reverted == root) return std::optional<ObjectId>();
  ASSIGN_OR_RETURN(
      const ObjectId commit,
      repository.Write(ObjectType::kCommit, EncodeCommit(reverted, {parent}, message, time)));
  return std::optional<ObjectId>(commit);
}

}  // namespace gitops

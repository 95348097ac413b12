// TreeObject: the bytes of a Git tree as entries and back, and Git's order of names. Pure.
// Format: gitformat-tree, "<octal mode> <name>\0<20 bytes of id>" per entry.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"

namespace gitops {

using TreeEntries = std::vector<TreeEntry>;

/// Git's order: bytes of the names, where a directory's name counts as ending in '/'.
bool InTreeOrder(const TreeEntry& a, const TreeEntry& b);

/// Errors: kCorruption (cut off, unknown mode, empty name or one with '/', not in order).
Result<TreeEntries> ParseTree(std::string_view bytes);

/// The bytes of a tree. REQUIRES: names are unique and without '/' or NUL. Sorts by itself.
std::string EncodeTree(TreeEntries entries);

/// The entry called `name`, or nullptr.
const TreeEntry* FindEntry(const TreeEntries& entries, std::string_view name);

/// A source of tree objects; implementations say whether threads may share one.
class TreeReader {
 public:
  virtual ~TreeReader() = default;

  /// Errors: kNotFound (no such object), kCorruption (broken, or not a tree), kInvalid (too large).
  virtual Result<std::shared_ptr<const TreeEntries>> ReadTree(const ObjectId& id) = 0;
};

}  // namespace gitops

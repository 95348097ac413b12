// FileTree: a read-only tree of files with Git's object ids, so that "is it the same?" is one
// comparison. Git trees (sources/) and directories on disk (engine/os) implement it.
// An implementation says itself whether threads may share it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/object_id.h"

namespace gitops {

enum class EntryKind { kFile, kExecutable, kSymlink, kDirectory, kSubmodule };

/// "a file", "a symbolic link", …: for messages.
std::string_view ToString(EntryKind kind);

struct TreeEntry {
  std::string name;  ///< Raw bytes; escape before showing.
  EntryKind kind = EntryKind::kFile;
  ObjectId id;

  bool operator==(const TreeEntry&) const = default;
};

/// Paths are relative, separated by '/', without "." or ".." components; "" is the root.
class FileTree {
 public:
  virtual ~FileTree() = default;

  /// The id of the root: equal ids mean equal content.
  virtual ObjectId Id() const = 0;

  /// Entries of a directory, in Git's order. Errors: kNotFound (no such directory), kCorruption.
  virtual Result<std::vector<TreeEntry>> List(std::string_view directory) const = 0;

  /// The entry at `path`; nullopt when nothing is there. Errors: kCorruption.
  virtual Result<std::optional<TreeEntry>> Find(std::string_view path) const = 0;

  /// The bytes of a regular file (or the target of a symbolic link). Its size is asked first: more
  /// than `limit` bytes is kInvalid. Errors also: kNotFound, kCorruption.
  virtual Result<std::string> Read(std::string_view path, std::size_t limit) const = 0;
};

/// True for a relative path without empty, "." or ".." components, backslashes, control bytes, or a
/// component ".git" (in any case); at most 4,096 bytes.
bool IsSafeRelativePath(std::string_view path);

}  // namespace gitops

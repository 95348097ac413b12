// GitRepository: one repository, opened with libgit2, read and written object by object. Reading
// goes through raw objects (no libgit2 object cache); a small cache of parsed trees of our own
// keeps what a comparison read for those who look at the same trees next. Thread-safe: readers go
// on side by side (see odb_lanes.h), everything else one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/work_counters.h"
#include "engine/model/object_id.h"
#include "sources/tree_object.h"

struct git_repository;

namespace gitops {

enum class ObjectType { kCommit, kTree, kBlob, kTag };

/// As Git writes it: "commit", "tree", "blob", "tag".
std::string_view ToString(ObjectType type);

class GitRepository : public TreeReader {
 public:
  /// Opens the bare or working repository at `path`; parents of it are not searched. `counters` may
  /// be null. Errors: kNotFound (nothing there, or not a repository), kInvalid (SHA-256 objects,
  /// unknown extensions, not readable), kCorruption.
  static Result<std::shared_ptr<GitRepository>> Open(const std::string& path,
                                                     WorkCounters* counters);

  /// Makes an empty bare repository at `path`, completely or not at all; fine when it exists.
  /// Parent directories are made, with mode 0700. Errors: kTransient (disk).
  static Status CreateBare(const std::string& path);

  ~GitRepository() override;

  /// Also reads from another repository's objects, for the life of this object only. Nothing is
  /// written for it, and objects found there count as present.
  Status AddAlternate(const std::string& objects_directory);

  /// Where the objects are, for AddAlternate of another repository.
  std::string ObjectsDirectory() const;
  /// Whether a working directory (this one or a linked one) is on the branch `ref`.
  Result<bool> IsCheckedOut(const std::string& ref);

  Result<std::shared_ptr<const TreeEntries>> ReadTree(const ObjectId& id) override;

  /// The bytes of a tree object as they are stored. Errors: as ReadTree.
  Result<std::string> ReadTreeBytes(const ObjectId& id);
  /// Errors: kNotFound, kInvalid (larger than `limit`), kCorruption (broken, or not a blob).
  Result<std::string> ReadBlob(const ObjectId& id, std::size_t limit);
  /// The root tree of a commit. Errors: kNotFound, kCorruption (broken, or not a commit).
  Result<ObjectId> TreeOfCommit(const ObjectId& commit);
  /// What an annotated tag names. Errors: kNotFound, kCorruption (broken, or not a tag).
  Result<ObjectId> TargetOfTag(const ObjectId& tag);
  bool Contains(const ObjectId& id);
  /// Bytes of an object and its type, without reading it; nullopt when it is not there.
  Result<std::optional<std::pair<ObjectType, std::size_t>>> Header(const ObjectId& id);

  /// Writes a loose object; nothing when it is present. Errors: kTransient (disk).
  Result<ObjectId> Write(ObjectType type, std::string_view bytes);
  /// Writes objects as one pack, for many at once. Errors: kTransient (disk).
  Status WritePack(const std::vector<std::pair<ObjectType, std::string>>& objects);

  /// What a ref points to, without peeling; nullopt when there is no such ref. `name` is complete:
  /// "refs/heads/main". Errors: kCorruption.
  Result<std::optional<ObjectId>> ReadRef(const std::string& name);
  /// Creates or moves a ref. With `expected`, only when it points there now (zero: does not exist);
  /// else kConflict. Errors also: kTransient (disk).
  Status WriteRef(const std::string& name, const ObjectId& target,
                  const std::optional<ObjectId>& expected = std::nullopt);
  Status DeleteRef(const std::string& name);
  /// Complete names of all refs that begin with `prefix`, sorted; at most `limit`.
  Result<std::vector<std::string>> ListRefs(std::string_view prefix, std::size_t limit);

  /// The handle below, for the .cc files of this folder. Not protected against other threads.
  git_repository* raw() const;

  /// What to do when objects of it cannot be read.
  std::string RepairHint() const;

 private:
  struct Impl;
  explicit GitRepository(std::unique_ptr<Impl> impl);

  Result<std::string> ReadRaw(const ObjectId& id, ObjectType type, std::size_t limit);

  std::unique_ptr<Impl> impl_;
};

}  // namespace gitops

#include "sources/object_copy.h"

#include <string>
#include <unordered_set>
#include <utility>

#include "engine/base/redactor.h"
#include "sources/object_batch.h"

namespace gitops {
namespace {

constexpr std::size_t kMostBytesWaiting = std::size_t{16} << 20U;
constexpr int kDeepest = 256;

/// Where the objects come from: another repository, or any tree of files.
class Origin {
 public:
  virtual ~Origin() = default;
  virtual Result<TreeEntries> List(const std::string& path, const ObjectId& id) = 0;
  virtual Result<std::string> File(const std::string& path, const ObjectId& id,
                                   std::size_t limit) = 0;
  virtual Result<std::string> TreeBytes(const ObjectId& id, const TreeEntries& entries) = 0;
};

class RepositoryOrigin : public Origin {
 public:
  explicit RepositoryOrigin(GitRepository& repository) : repository_(repository) {}
  Result<TreeEntries> List(const std::string& path, const ObjectId& id) override {
    Result<std::shared_ptr<const TreeEntries>> entries = repository_.ReadTree(id);
    if (entries) return **entries;
    return Hole(std::move(entries).error(), path);
  }
  Result<std::string> File(const std::string& path, const ObjectId& id,
                           std::size_t limit) override {
    Result<std::string> bytes = repository_.ReadBlob(id, limit);
    if (bytes) return bytes;
    return Hole(std::move(bytes).error(), path);
  }
  Result<std::string> TreeBytes(const ObjectId& id, const TreeEntries& /*entries*/) override {
    return repository_.ReadTreeBytes(id);
  }

 private:
  /// Below the root, what a tree names must be there.
  static Error Hole(Error error, const std::string& path) {
    if (error.kind == ErrorKind::kNotFound && !path.empty()) error.kind = ErrorKind::kCorruption;
    return error;
  }
  GitRepository& repository_;
};

class FilesOrigin : public Origin {
 public:
  explicit FilesOrigin(const FileTree& files) : files_(files) {}
  Result<TreeEntries> List(const std::string& path, const ObjectId& /*id*/) override {
    return files_.List(path);
  }
  Result<std::string> File(const std::string& path, const ObjectId& /*id*/,
                           std::size_t limit) override {
    return files_.Read(path, limit);
  }
  Result<std::string> TreeBytes(const ObjectId& /*id*/, const TreeEntries& entries) override {
    return EncodeTree(entries);
  }

 private:
  const FileTree& files_;
};

class Copier {
 public:
  Copier(Origin& origin, GitRepository& to, const CopyLimits& limits)
      : origin_(origin), to_(to), limits_(limits) {}

  Status CopyDirectory(const std::string& path, const ObjectId& id, int depth) {
    if (Present(id)) return {};
    if (depth > kDeepest) {
      return MakeError(ErrorKind::kInvalid, "directories are nested too deep",
                       EscapeLine(path.substr(0, 200)),
                       "keep what the app does not need out of its directory");
    }
    ASSIGN_OR_RETURN(const TreeEntries entries, origin_.List(path, id));
    entries_seen_ += entries.size();
    if (entries_seen_ > limits_.files) return TooMuch(std::to_string(limits_.files) + " files");
    for (const TreeEntry& entry : entries) {
      const std::string below = path.empty() ? entry.name : path + "/" + entry.name;
      if (entry.kind == EntryKind::kDirectory) {
        RETURN_IF_ERROR(CopyDirectory(below, entry.id, depth + 1));
      } else if (entry.kind != EntryKind::kSubmodule && !Present(entry.id)) {
        ASSIGN_OR_RETURN(std::string bytes, ReadFile(below, entry.id));
        RETURN_IF_ERROR(Keep(ObjectType::kBlob, below, entry.id, std::move(bytes)));
      }
    }
    ASSIGN_OR_RETURN(std::string bytes, origin_.TreeBytes(id, entries));
    return Keep(ObjectType::kTree, path, id, std::move(bytes));
  }

  /// The limits hold for each tree.
  void BeginTree() {
    entries_seen_ = 0;
    bytes_kept_ = 0;
  }

  /// Enough waits to be written: more would only take memory.
  bool IsLarge() const { return batch_.bytes() > kMostBytesWaiting; }

  Status Write() {
    kept_.clear();
    return batch_.Write(to_);
  }

 private:
  bool Present(const ObjectId& id) { return kept_.contains(id) || to_.Contains(id); }

  Result<std::string> ReadFile(const std::string& path, const ObjectId& id) {
    Result<std::string> bytes = origin_.File(path, id, limits_.bytes - bytes_kept_);
    if (!bytes && bytes.error().kind == ErrorKind::kInvalid) {
      return TooMuch(std::to_string(limits_.bytes >> 20U) + " MiB").WithContext(path);
    }
    return bytes;
  }

  Status Keep(ObjectType type, const std::string& path, const ObjectId& id, std::string bytes) {
    if (type == ObjectType::kBlob) bytes_kept_ += bytes.size();
    if (batch_.Add(type, std::move(bytes)) != id) {
      return MakeError(ErrorKind::kTransient, "a file changed while it was read",
                       path.empty() ? "the root directory" : path);
    }
    kept_.insert(id);
    return {};
  }

  static Error TooMuch(const std::string& limit) {
    return MakeError(ErrorKind::kInvalid, "too large for one app",
                     "one app's directory may hold " + limit,
                     "move what the app does not need out of its directory");
  }

  Origin& origin_;
  GitRepository& to_;
  const CopyLimits limits_;
  std::size_t entries_seen_ = 0;
  std::size_t bytes_kept_ = 0;
  std::unordered_set<ObjectId> kept_;
  ObjectBatch batch_;
};

Status Copy(Origin& origin, GitRepository& to, const ObjectId& tree, const CopyLimits& limits) {
  Copier copier(origin, to, limits);
  RETURN_IF_ERROR(copier.CopyDirectory("", tree, 0));
  return copier.Write();
}

}  // namespace

Status CopyTree(GitRepository& from, GitRepository& to, const ObjectId& tree,
                const CopyLimits& limits) {
  RepositoryOrigin origin(from);
  return Copy(origin, to, tree, limits);
}

struct TreesCopier::Impl {
  Impl(GitRepository& from, GitRepository& to, const CopyLimits& limits)
      : origin(from), copier(origin, to, limits) {}
  RepositoryOrigin origin;
  Copier copier;
};

TreesCopier::TreesCopier(GitRepository& from, GitRepository& to, const CopyLimits& limits)
    : impl_(std::make_unique<Impl>(from, to, limits)) {}
TreesCopier::~TreesCopier() = default;

Status TreesCopier::Add(const ObjectId& tree) {
  impl_->copier.BeginTree();
  RETURN_IF_ERROR(impl_->copier.CopyDirectory("", tree, 0));
  return impl_->copier.IsLarge() ? impl_->copier.Write() : Status();
}

Status TreesCopier::Write() { return impl_->copier.Write(); }

Result<ObjectId> ImportFiles(const FileTree& files, GitRepository& to, const CopyLimits& limits) {
  FilesOrigin origin(files);
  const ObjectId id = files.Id();
  RETURN_IF_ERROR(Copy(origin, to, id, limits));
  return id;
}

}  // namespace gitops

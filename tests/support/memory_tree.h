// MemoryTree: a FileTree in memory with real Git ids, for tests. Immutable and persistent: With and
// Without return changed copies that share what did not change. Threads may share one.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/model/file_tree.h"
#include "engine/model/git_object.h"

namespace gitops {

/// A file of a MemoryTree. Converts from text, so that `{"a/b", "text"}` works in a list.
struct MemoryFile {
  std::string bytes;
  EntryKind kind = EntryKind::kFile;

  MemoryFile(std::string text, EntryKind file_kind = EntryKind::kFile)  // NOLINT: implicit
      : bytes(std::move(text)), kind(file_kind) {}
  MemoryFile(const char* text, EntryKind file_kind = EntryKind::kFile)  // NOLINT: implicit
      : bytes(text), kind(file_kind) {}
};

class MemoryTree : public FileTree {
 public:
  /// One object: a directory with its children, or anything else with its bytes.
  struct Node {
    EntryKind kind = EntryKind::kDirectory;
    ObjectId id;
    std::string bytes;
    std::map<std::string, std::shared_ptr<const Node>> children;
  };
  using NodePtr = std::shared_ptr<const Node>;

  MemoryTree() : root_(MakeDirectory({})) {}
  explicit MemoryTree(NodePtr root) : root_(std::move(root)) {
    CHECK(root_ != nullptr && root_->kind == EntryKind::kDirectory);
  }
  MemoryTree(std::initializer_list<std::pair<const std::string, MemoryFile>> files)
      : MemoryTree(std::map<std::string, MemoryFile>(files)) {}
  explicit MemoryTree(const std::map<std::string, MemoryFile>& files) {
    Draft draft;
    for (const auto& [path, file] : files) draft.Put(path, MakeFile(file));
    root_ = draft.Build();
  }

  /// This tree with one file more, or with other bytes in it.
  MemoryTree With(std::string_view path, const MemoryFile& file) const {
    return MemoryTree(Replace(root_, path, MakeFile(file)));
  }
  /// This tree with `tree` as the directory `path` ("" replaces everything).
  MemoryTree WithTree(std::string_view path, const MemoryTree& tree) const {
    return MemoryTree(Replace(root_, path, tree.root_));
  }
  /// This tree without what is at `path`; directories that become empty go too, as in Git.
  MemoryTree Without(std::string_view path) const {
    NodePtr root = Replace(root_, path, nullptr);
    return root == nullptr ? MemoryTree() : MemoryTree(root);
  }
  /// The directory at `path` as a tree of its own; nullopt when there is none.
  std::optional<MemoryTree> Subtree(std::string_view path) const {
    const NodePtr node = Lookup(path);
    if (node == nullptr || node->kind != EntryKind::kDirectory) return std::nullopt;
    return MemoryTree(node);
  }
  const NodePtr& root() const { return root_; }

  /// Reads any FileTree into memory.
  static Result<MemoryTree> From(const FileTree& files, std::size_t file_limit = 64U << 20U) {
    ASSIGN_OR_RETURN(NodePtr root, CopyDirectory(files, "", file_limit));
    return MemoryTree(std::move(root));
  }

  ObjectId Id() const override { return root_->id; }

  Result<std::vector<TreeEntry>> List(std::string_view directory) const override {
    const NodePtr node = Lookup(directory);
    if (node == nullptr || node->kind != EntryKind::kDirectory) {
      return MakeError(ErrorKind::kNotFound, "no such directory", std::string(directory));
    }
    return Entries(*node);
  }

  Result<std::optional<TreeEntry>> Find(std::string_view path) const override {
    const NodePtr node = Lookup(path);
    if (node == nullptr) return std::optional<TreeEntry>();
    const std::size_t slash = path.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    return std::optional<TreeEntry>(TreeEntry{std::string(name), node->kind, node->id});
  }

  Result<std::string> Read(std::string_view path, std::size_t limit) const override {
    const NodePtr node = Lookup(path);
    if (node == nullptr || node->kind == EntryKind::kDirectory ||
        node->kind == EntryKind::kSubmodule) {
      return MakeError(ErrorKind::kNotFound, "no such file", std::string(path));
    }
    if (node->bytes.size() > limit) {
      return MakeError(ErrorKind::kInvalid, "file too large", std::string(path));
    }
    return node->bytes;
  }

  /// Entries in Git's order: directories sort as if their name ended in '/'.
  static std::vector<TreeEntry> Entries(const Node& directory) {
    std::vector<TreeEntry> entries;
    for (const auto& [name, child] : directory.children) {
      entries.push_back({name, child->kind, child->id});
    }
    const auto key = [](const TreeEntry& entry) {
      return entry.kind == EntryKind::kDirectory ? entry.name + "/" : entry.name;
    };
    std::sort(entries.begin(), entries.end(),
              [&](const TreeEntry& a, const TreeEntry& b) { return key(a) < key(b); });
    return entries;
  }

 private:
  /// Directories that are still being filled.
  struct Draft {
    std::map<std::string, Draft> directories;
    std::map<std::string, NodePtr> files;

    void Put(std::string_view path, NodePtr file) {
      const std::size_t slash = path.find('/');
      if (slash == std::string_view::npos) {
        CHECK(!path.empty());
        files[std::string(path)] = std::move(file);
      } else {
        directories[std::string(path.substr(0, slash))].Put(path.substr(slash + 1),
                                                            std::move(file));
      }
    }
    NodePtr Build() const {
      std::map<std::string, NodePtr> children = files;
      for (const auto& [name, draft] : directories) children[name] = draft.Build();
      return MakeDirectory(std::move(children));
    }
  };

  static NodePtr MakeFile(const MemoryFile& file) {
    CHECK(file.kind != EntryKind::kDirectory);
    auto node = std::make_shared<Node>();
    node->kind = file.kind;
    node->bytes = file.bytes;
    // The "bytes" of a submodule are the id of its commit; any text stands for one.
    node->id = GitObjectId(file.kind == EntryKind::kSubmodule ? "commit" : "blob", file.bytes);
    return node;
  }

  static NodePtr MakeDirectory(std::map<std::string, NodePtr> children) {
    auto node = std::make_shared<Node>();
    node->children = std::move(children);
    std::string bytes;
    for (const TreeEntry& entry : Entries(*node)) {
      bytes += GitMode(entry.kind);
      bytes += ' ';
      bytes += entry.name;
      bytes += '\0';
      bytes.append(reinterpret_cast<const char*>(entry.id.bytes().data()), ObjectId::kSize);
    }
    node->id = GitObjectId("tree", bytes);
    return node;
  }

  NodePtr Lookup(std::string_view path) const {
    NodePtr node = root_;
    while (!path.empty()) {
      const std::size_t slash = path.find('/');
      const auto child = node->children.find(std::string(path.substr(0, slash)));
      if (child == node->children.end()) return nullptr;
      node = child->second;
      if (slash == std::string_view::npos) return node;
      path.remove_prefix(slash + 1);
    }
    return node;
  }

  /// `node` with `value` at `path`; nullptr when nothing is left.
  static NodePtr Replace(const NodePtr& node, std::string_view path, NodePtr value) {
    if (path.empty()) return value;
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    std::map<std::string, NodePtr> children;
    if (node != nullptr) children = node->children;
    NodePtr child = std::move(value);
    if (slash != std::string_view::npos) {
      const auto found = children.find(name);
      child = Replace(found == children.end() ? nullptr : found->second, path.substr(slash + 1),
                      std::move(child));
    }
    if (child == nullptr) {
      children.erase(name);
    } else {
      children[name] = std::move(child);
    }
    return children.empty() ? nullptr : MakeDirectory(std::move(children));
  }

  static Result<NodePtr> CopyDirectory(const FileTree& files, const std::string& directory,
                                       std::size_t limit) {
    std::map<std::string, NodePtr> children;
    ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, files.List(directory));
    for (const TreeEntry& entry : entries) {
      const std::string path = directory.empty() ? entry.name : directory + "/" + entry.name;
      if (entry.kind == EntryKind::kDirectory) {
        ASSIGN_OR_RETURN(children[entry.name], CopyDirectory(files, path, limit));
      } else if (entry.kind == EntryKind::kSubmodule) {
        auto node = std::make_shared<Node>();
        node->kind = entry.kind;
        node->id = entry.id;
        children[entry.name] = std::move(node);
      } else {
        ASSIGN_OR_RETURN(std::string bytes, files.Read(path, limit));
        children[entry.name] = MakeFile(MemoryFile(std::move(bytes), entry.kind));
      }
    }
    return MakeDirectory(std::move(children));
  }

  NodePtr root_;
};

}  // namespace gitops

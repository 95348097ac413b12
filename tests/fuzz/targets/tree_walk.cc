// The walk over trees and the comparison of two of them, over objects that the input describes:
// what Compare says must be what two full walks say, and damage must be an error and nothing else.
//
// The input is a list of trees, each a length byte and the bytes of a tree object in which the
// first byte of an id is the number of another tree further down the list: Git's graphs have no
// cycles. A length of 255 leaves the tree out of the mirror. The first two trees are the roots.
#include "sources/tree_walk.h"

#include <map>
#include <memory>
#include <vector>

#include "sources/tree_names.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"
#include "tests/support/memory_tree.h"

namespace gitops::fuzz {
namespace {

constexpr std::size_t kMostTrees = 64;

/// Trees by their real ids: missing, broken or good.
class HostileTrees : public TreeReader {
 public:
  explicit HostileTrees(std::string_view bytes) {
    std::vector<std::string_view> texts;
    while (!bytes.empty() && texts.size() < kMostTrees) {
      const auto length = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      const std::size_t size = length == 255 ? 0 : std::min<std::size_t>(length, bytes.size());
      texts.push_back(length == 255 ? std::string_view() : bytes.substr(0, size));
      missing_.push_back(length == 255);
      bytes.remove_prefix(size);
    }
    ids_.resize(texts.size());
    // From the last to the first, so that the ids a tree points to are known before its own.
    for (std::size_t i = texts.size(); i-- > 0;) Put(i, texts[i]);
  }

  std::size_t size() const { return ids_.size(); }
  const ObjectId& id(std::size_t i) const { return ids_[i]; }

  Result<std::shared_ptr<const TreeEntries>> ReadTree(const ObjectId& id) override {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return MakeError(ErrorKind::kNotFound, "no such object");
    if (found->second == nullptr) return MakeError(ErrorKind::kCorruption, "broken tree object");
    return found->second;
  }

 private:
  void Put(std::size_t i, std::string_view text) {
    Result<TreeEntries> entries = ParseTree(text);
    std::string bytes = entries ? "" : "broken " + std::to_string(i);
    if (entries) {
      for (TreeEntry& entry : *entries) {
        if (entry.kind == EntryKind::kDirectory) entry.id = Below(i, entry.id.bytes()[0]);
      }
      bytes = EncodeTree(*entries);
    } else if (missing_[i]) {
      bytes = "missing " + std::to_string(i);
    }
    ids_[i] = GitObjectId("tree", bytes);
    if (missing_[i]) {
      ids_[i] = GitObjectId("tree", "missing " + std::to_string(i));
      return;
    }
    objects_[ids_[i]] =
        entries ? std::make_shared<const TreeEntries>(*std::move(entries)) : nullptr;
  }

  /// The tree number `number` among those after `i`; one that nobody has when there are none.
  ObjectId Below(std::size_t i, std::size_t number) const {
    const std::size_t left = ids_.size() - i - 1;
    return left == 0 ? GitObjectId("tree", "nowhere") : ids_[i + 1 + number % left];
  }

  std::vector<bool> missing_;
  std::vector<ObjectId> ids_;
  std::map<ObjectId, std::shared_ptr<const TreeEntries>> objects_;
};

using Apps = std::map<std::string, AppDirectory>;

Apps ByPath(const std::vector<AppDirectory>& apps) {
  Apps by_path;
  for (const AppDirectory& app : apps) {
    Require(app.path.empty() || IsSafeTreePath(app.path), "an app's path is safe", app.path);
    Require(by_path.empty() || by_path.rbegin()->first < app.path, "apps are sorted, each once",
            app.path);
    by_path.emplace(app.path, app);
  }
  return by_path;
}

/// What a comparison must say, from two full walks.
void RequireSame(const Apps& before, const Apps& now, const TreeComparison& compared) {
  Apps added, changed, removed;
  for (const auto& [path, app] : now) {
    const auto old = before.find(path);
    if (old == before.end()) added.emplace(path, app);
    if (old != before.end() && old->second.tree != app.tree) changed.emplace(path, app);
  }
  for (const auto& [path, app] : before) {
    if (!now.contains(path)) removed.emplace(path, app);
  }
  Require(ByPath(compared.added) == added, "the added apps are those that only the new tree has");
  Require(ByPath(compared.changed) == changed, "the changed apps are those with another tree");
  Require(ByPath(compared.removed) == removed,
          "the removed apps are those that only the old tree has");
}

void RequireKnownKind(const Error& error) {
  Require(error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kCorruption ||
              error.kind == ErrorKind::kInvalid,
          "a walk fails in one of three ways", error.ToString());
}

}  // namespace

void FuzzTreeWalk(std::string_view bytes) {
  HostileTrees trees(bytes);
  if (trees.size() < 2) return;
  // Small limits keep a graph that meets itself again and again from being walked for long.
  WalkLimits limits;
  limits.depth = 24;
  limits.directories = 20'000;
  limits.apps = 2'000;
  const auto before = FindAppDirectories(trees, trees.id(0), "", limits);
  const auto now = FindAppDirectories(trees, trees.id(1), "", limits);
  const auto compared = CompareTrees(trees, trees.id(0), trees.id(1), "", limits);
  for (const auto* walk : {&before, &now}) {
    if (!*walk) RequireKnownKind(walk->error());
  }
  if (!compared) RequireKnownKind(compared.error());
  if (!before || !now) return;
  // Together the two trees may be too large for one comparison.
  if (!compared && compared.error().kind == ErrorKind::kInvalid) return;
  Require(compared.has_value(), "two trees that can be walked can be compared");
  RequireSame(ByPath(*before), ByPath(*now), *compared);
}

}  // namespace gitops::fuzz

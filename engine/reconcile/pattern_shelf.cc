#include "engine/reconcile/pattern_shelf.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "engine/base/digest.h"
#include "engine/base/suggest.h"
#include "engine/os/directory_tree.h"
#include "engine/pattern/subtree.h"

namespace gitops {
namespace {

constexpr std::string_view kPatternFile = "pattern.yaml";

/// The directories of `tree` that hold a pattern.
Result<std::vector<TreeEntry>> PatternEntries(const FileTree& tree) {
  std::vector<TreeEntry> patterns;
  ASSIGN_OR_RETURN(const auto entries, tree.List(""));
  for (const TreeEntry& entry : entries) {
    if (entry.kind != EntryKind::kDirectory) continue;
    ASSIGN_OR_RETURN(const auto file, tree.Find(entry.name + "/" + std::string(kPatternFile)));
    if (file) patterns.push_back(entry);
  }
  return patterns;
}

}  // namespace

/// What one source can use, in the order in which it is looked for.
struct PatternShelf::Shelf {
  struct Place {
    std::string origin;
    std::shared_ptr<const FileTree> tree;
    bool foreign = false;
    std::vector<TreeEntry> patterns;
  };
  std::vector<Place> places;
  mutable std::mutex mutex;  ///< Guards `loaded`.
  mutable std::map<std::string, ShelvedPattern> loaded;
};

PatternShelf::PatternShelf(GitMirror& mirror, std::vector<std::string> directories)
    : mirror_(mirror), directories_(std::move(directories)) {}

Status PatternShelf::ReadDirectories() {
  if (directories_read_) return {};
  for (const std::string& directory : directories_) {
    auto tree = DirectoryTree::Open(directory);
    if (!tree && tree.error().kind == ErrorKind::kNotFound) continue;
    if (!tree) {
      return std::move(tree).error().WithContext("reading the patterns in " + directory);
    }
    trees_.emplace_back(directory, std::shared_ptr<const FileTree>(*std::move(tree)));
  }
  directories_read_ = true;
  return {};
}

Result<std::string> PatternShelf::DirectoriesDigest() {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(ReadDirectories());
  DigestBuilder digest;
  for (const auto& [directory, tree] : trees_) digest.Add(tree->Id().Hex());
  return digest.Hex();
}

Result<ObjectId> PatternShelf::SourcePatternsTree(const SourceSpec& source, const ObjectId& tree) {
  ASSIGN_OR_RETURN(const auto files, mirror_.Open(source, tree));
  ASSIGN_OR_RETURN(const auto entry, files->Find("patterns"));
  return entry && entry->kind == EntryKind::kDirectory ? entry->id : ObjectId();
}

Result<std::shared_ptr<const PatternShelf::Shelf>> PatternShelf::ShelfOf(const SourceSpec& source,
                                                                         const ObjectId& tree) {
  const std::lock_guard lock(mutex_);
  const auto known = shelves_.find({source.name, tree});
  if (known != shelves_.end()) return known->second;
  RETURN_IF_ERROR(ReadDirectories());
  auto shelf = std::make_shared<Shelf>();
  if (!tree.IsZero()) {
    ASSIGN_OR_RETURN(const ObjectId own, SourcePatternsTree(source, tree));
    if (!own.IsZero()) {
      ASSIGN_OR_RETURN(auto files, mirror_.Open(source, own));
      ASSIGN_OR_RETURN(auto patterns, PatternEntries(*files));
      shelf->places.push_back(
          {"source " + source.name, std::move(files), false, std::move(patterns)});
    }
  }
  for (const auto& [directory, files] : trees_) {
    ASSIGN_OR_RETURN(auto patterns, PatternEntries(*files));
    shelf->places.push_back({directory, files, true, std::move(patterns)});
  }
  shelves_[{source.name, tree}] = shelf;
  return std::shared_ptr<const Shelf>(shelf);
}

Result<std::vector<std::string>> PatternShelf::Names(const SourceSpec& source,
                                                     const ObjectId& tree) {
  ASSIGN_OR_RETURN(const auto shelf, ShelfOf(source, tree));
  std::set<std::string> names;
  for (const auto& place : shelf->places) {
    for (const TreeEntry& entry : place.patterns) names.insert(entry.name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

std::vector<std::string> PatternShelf::ChangedNames(const SourceSpec& source, const ObjectId& from,
                                                    const ObjectId& to) {
  std::map<std::string, ObjectId> before;
  std::map<std::string, ObjectId> after;
  const auto read = [&](const ObjectId& tree, std::map<std::string, ObjectId>& entries) {
    if (tree.IsZero()) return true;
    const auto files = mirror_.Open(source, tree);
    if (!files) return false;
    const auto list = (*files)->List("");
    if (!list) return false;
    for (const TreeEntry& entry : *list) entries[entry.name] = entry.id;
    return true;
  };
  // A tree that is gone (force-push and gc) leaves its side empty: then every pattern counts as
  // changed.
  static_cast<void>(read(from, before));
  static_cast<void>(read(to, after));
  std::vector<std::string> changed;
  for (const auto& [name, id] : before) {
    const auto now = after.find(name);
    if (now == after.end() || now->second != id) changed.push_back(name);
  }
  for (const auto& [name, id] : after) {
    if (!before.contains(name)) changed.push_back(name);
  }
  return changed;
}

Result<ShelvedPattern> PatternShelf::Find(const SourceSpec& source, const ObjectId& tree,
                                          const std::string& name) {
  ASSIGN_OR_RETURN(const auto shelf, ShelfOf(source, tree));
  const std::lock_guard lock(shelf->mutex);
  if (const auto known = shelf->loaded.find(name); known != shelf->loaded.end()) {
    return known->second;
  }
  for (const auto& place : shelf->places) {
    for (const TreeEntry& entry : place.patterns) {
      if (entry.name != name) continue;
      ShelvedPattern shelved;
      shelved.files = std::make_shared<Subtree>(place.tree, name, entry.id);
      shelved.foreign = place.foreign;
      ASSIGN_OR_RETURN(Pattern pattern, LoadPattern(*shelved.files, place.origin + "/" + name));
      shelved.pattern = std::make_shared<const Pattern>(std::move(pattern));
      shelf->loaded[name] = shelved;
      return shelved;
    }
  }
  std::set<std::string> names;
  for (const auto& place : shelf->places) {
    for (const TreeEntry& entry : place.patterns) names.insert(entry.name);
  }
  return MakeError(ErrorKind::kNotFound, "no such pattern", "there is no pattern \"" + name + "\"",
                   SuggestName(name, {names.begin(), names.end()}));
}

}  // namespace gitops

#include "engine/reconcile/pattern_shelf.h"

#include <utility>

#include "engine/base/digest.h"
#include "engine/os/directory_tree.h"
#include "engine/pattern/catalog.h"

namespace gitops {
/// What one source can use.
struct PatternShelf::Shelf {
  Shelf(std::vector<PatternPlace> places, std::size_t own_in)
      : catalog(std::move(places)), own(own_in) {}

  std::mutex mutex;  ///< Guards `catalog`.
  PatternCatalog catalog;
  std::size_t own;  ///< So many of its places, the first ones, are the source's own.
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

Result<std::shared_ptr<PatternShelf::Shelf>> PatternShelf::ShelfOf(const SourceSpec& source,
                                                                   const ObjectId& tree) {
  const std::lock_guard lock(mutex_);
  const auto known = shelves_.find({source.name, tree});
  if (known != shelves_.end()) return known->second;
  RETURN_IF_ERROR(ReadDirectories());
  std::vector<PatternPlace> places;
  if (!tree.IsZero()) {
    ASSIGN_OR_RETURN(const ObjectId own, SourcePatternsTree(source, tree));
    if (!own.IsZero()) {
      ASSIGN_OR_RETURN(auto files, mirror_.Open(source, own));
      places.push_back({"source " + source.name, std::move(files)});
    }
  }
  const std::size_t own = places.size();
  for (const auto& [directory, files] : trees_) places.push_back({directory, files});
  auto shelf = std::make_shared<Shelf>(std::move(places), own);
  shelves_[{source.name, tree}] = shelf;
  return shelf;
}

Result<std::vector<std::string>> PatternShelf::Names(const SourceSpec& source,
                                                     const ObjectId& tree) {
  ASSIGN_OR_RETURN(const auto shelf, ShelfOf(source, tree));
  const std::lock_guard lock(shelf->mutex);
  return shelf->catalog.Names();
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
  ASSIGN_OR_RETURN(FoundPattern found, shelf->catalog.Find(name));
  return ShelvedPattern{std::move(found.pattern), std::move(found.files),
                        found.place >= shelf->own};
}

}  // namespace gitops

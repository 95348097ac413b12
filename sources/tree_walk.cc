#include "sources/tree_walk.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "engine/base/redactor.h"
#include "sources/tree_names.h"

namespace gitops {
namespace {

using Entries = std::shared_ptr<const TreeEntries>;

std::string Join(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

enum class Side { kOld, kNew };

/// Where a walk is: below which path, how deep, and how it stands to `patterns/`.
struct Place {
  std::string path;
  int depth = 0;
  bool is_patterns = false;  ///< It is `patterns` itself.
  bool in_patterns = false;  ///< It is below it.

  Place Below(const std::string& name) const {
    return {Join(path, name), depth + 1, depth == 0 && name == "patterns",
            in_patterns || is_patterns};
  }
  /// True where what is an app does not depend on the place.
  bool IsOrdinary() const { return depth > 0 && !is_patterns && !in_patterns; }
};

class Walker {
 public:
  Walker(TreeReader& reader, const WalkLimits& limits) : reader_(reader), limits_(limits) {}

  Result<Entries> Read(const ObjectId& id, Side side, const Place& place) {
    if (place.depth > limits_.depth) {
      return MakeError(ErrorKind::kInvalid, "directories are nested too deep",
                       "more than " + std::to_string(limits_.depth) + " at " +
                           EscapeLine(place.path.substr(0, 200)),
                       "set path: of the source to the folder that holds the apps");
    }
    if (++directories_read_ > limits_.directories) {
      return MakeError(ErrorKind::kInvalid, "too many directories",
                       "more than " + std::to_string(limits_.directories) + " in one tree");
    }
    Result<Entries> entries = reader_.ReadTree(id);
    // A hole in the tree that a ref points to is damage. A hole in an old one is what gc leaves.
    if (!entries && side == Side::kNew && place.depth > 0 &&
        entries.error().kind == ErrorKind::kNotFound) {
      Error error = std::move(entries).error();
      error.kind = ErrorKind::kCorruption;
      return error;
    }
    return entries;
  }

  /// The app that a directory is, if it is one.
  static std::optional<AppDirectory> AsApp(const ObjectId& id, const Entries& entries,
                                           const Place& place) {
    for (const std::string_view name : {"tfgrid-compose.yaml", "tfgrid-compose.yml"}) {
      const TreeEntry* manifest = FindEntry(*entries, name);
      if (manifest == nullptr) continue;
      const EntryKind kind =
          manifest->kind == EntryKind::kExecutable ? EntryKind::kFile : manifest->kind;
      return AppDirectory{place.path, id, std::string(name), manifest->id, kind};
    }
    return std::nullopt;
  }

  static bool IsPattern(const Entries& entries, const Place& place) {
    return place.in_patterns && FindEntry(*entries, "pattern.yaml") != nullptr;
  }

  Status Add(std::vector<AppDirectory>& apps, AppDirectory app) {
    if (!app.path.empty() && !IsSafeTreePath(app.path)) {
      return MakeError(ErrorKind::kInvalid, "unsafe name in the repository",
                       "an app lies at \"" + EscapeLine(app.path.substr(0, 200)) + "\"",
                       "rename the directory: letters, digits and ._- are always safe");
    }
    if (apps.size() >= limits_.apps) {
      return MakeError(ErrorKind::kInvalid, "too many apps",
                       "more than " + std::to_string(limits_.apps) + " in one source");
    }
    apps.push_back(std::move(app));
    return {};
  }

  Status Collect(const ObjectId& id, Side side, const Place& place,
                 std::vector<AppDirectory>& apps) {
    if (place.IsOrdinary() && barren_.contains(id)) return {};
    ASSIGN_OR_RETURN(const Entries entries, Read(id, side, place));
    return CollectEntries(id, entries, side, place, apps);
  }

  Status CollectEntries(const ObjectId& id, const Entries& entries, Side side, const Place& place,
                        std::vector<AppDirectory>& apps) {
    if (IsPattern(entries, place)) return {};
    if (auto app = AsApp(id, entries, place)) return Add(apps, *std::move(app));
    const std::size_t before = apps.size();
    for (const TreeEntry& entry : *entries) {
      if (entry.kind != EntryKind::kDirectory) continue;
      RETURN_IF_ERROR(Collect(entry.id, side, place.Below(entry.name), apps));
    }
    // The same tree without apps may hang at many places: look once.
    if (apps.size() == before && place.IsOrdinary()) barren_.insert(id);
    return {};
  }

  /// Compares two directories that differ, at one place.
  Status Compare(const ObjectId& old_id, const ObjectId& new_id, const Place& place,
                 TreeComparison& result) {
    ASSIGN_OR_RETURN(const Entries old_entries, Read(old_id, Side::kOld, place));
    ASSIGN_OR_RETURN(const Entries new_entries, Read(new_id, Side::kNew, place));
    if (place.depth == 0) result.patterns_changed = PatternsDiffer(*old_entries, *new_entries);
    const auto old_app =
        IsPattern(old_entries, place) ? std::nullopt : AsApp(old_id, old_entries, place);
    const auto new_app =
        IsPattern(new_entries, place) ? std::nullopt : AsApp(new_id, new_entries, place);
    if (old_app && new_app) return Add(result.changed, *new_app);
    const bool old_closed = old_app || IsPattern(old_entries, place);
    const bool new_closed = new_app || IsPattern(new_entries, place);
    if (old_closed || new_closed) {
      RETURN_IF_ERROR(CollectEntries(old_id, old_entries, Side::kOld, place, result.removed));
      return CollectEntries(new_id, new_entries, Side::kNew, place, result.added);
    }
    return Merge(*old_entries, *new_entries, place, result);
  }

  Status Merge(const TreeEntries& old_entries, const TreeEntries& new_entries, const Place& place,
               TreeComparison& result) {
    auto old_entry = old_entries.begin();
    auto new_entry = new_entries.begin();
    while (old_entry != old_entries.end() || new_entry != new_entries.end()) {
      if (old_entry != old_entries.end() && new_entry != new_entries.end() &&
          *old_entry == *new_entry) {
        // Nearly all are: in a long directory this is most of the work.
        ++old_entry;
        ++new_entry;
      } else if (new_entry == new_entries.end() ||
                 (old_entry != old_entries.end() && InTreeOrder(*old_entry, *new_entry))) {
        RETURN_IF_ERROR(CollectOne(*old_entry++, Side::kOld, place, result.removed));
      } else if (old_entry == old_entries.end() || InTreeOrder(*new_entry, *old_entry)) {
        RETURN_IF_ERROR(CollectOne(*new_entry++, Side::kNew, place, result.added));
      } else {
        RETURN_IF_ERROR(MergeOne(*old_entry++, *new_entry++, place, result));
      }
    }
    return {};
  }

 private:
  Status CollectOne(const TreeEntry& entry, Side side, const Place& place,
                    std::vector<AppDirectory>& apps) {
    if (entry.kind != EntryKind::kDirectory) return {};
    return Collect(entry.id, side, place.Below(entry.name), apps);
  }

  /// Two entries at one place of the order: two directories, or two things that are none.
  Status MergeOne(const TreeEntry& old_entry, const TreeEntry& new_entry, const Place& place,
                  TreeComparison& result) {
    if (old_entry.kind != EntryKind::kDirectory || old_entry.id == new_entry.id) return {};
    return Compare(old_entry.id, new_entry.id, place.Below(new_entry.name), result);
  }

  static bool PatternsDiffer(const TreeEntries& old_entries, const TreeEntries& new_entries) {
    const TreeEntry* old_entry = FindEntry(old_entries, "patterns");
    const TreeEntry* new_entry = FindEntry(new_entries, "patterns");
    if (old_entry == nullptr || new_entry == nullptr) return old_entry != new_entry;
    return *old_entry != *new_entry;
  }

  TreeReader& reader_;
  const WalkLimits& limits_;
  std::size_t directories_read_ = 0;
  std::unordered_set<ObjectId> barren_;  ///< Trees that hold no app, at ordinary places.
};

/// Trees are nearly in this order: they put a directory as if its name ended in "/".
void SortByPath(std::vector<AppDirectory>& apps) {
  const auto by_path = [](const AppDirectory& a, const AppDirectory& b) { return a.path < b.path; };
  if (!std::is_sorted(apps.begin(), apps.end(), by_path)) {
    std::sort(apps.begin(), apps.end(), by_path);
  }
}

}  // namespace

Result<std::vector<AppDirectory>> FindAppDirectories(TreeReader& reader, const ObjectId& root,
                                                     std::string_view prefix,
                                                     const WalkLimits& limits) {
  Walker walker(reader, limits);
  std::vector<AppDirectory> apps;
  RETURN_IF_ERROR(walker.Collect(root, Side::kNew, Place{std::string(prefix)}, apps));
  SortByPath(apps);
  return apps;
}

Result<TreeComparison> CompareTrees(TreeReader& reader, const ObjectId& from, const ObjectId& to,
                                    std::string_view prefix, const WalkLimits& limits) {
  TreeComparison result;
  if (from == to) return result;
  Walker walker(reader, limits);
  RETURN_IF_ERROR(walker.Compare(from, to, Place{std::string(prefix)}, result));
  SortByPath(result.added);
  SortByPath(result.changed);
  SortByPath(result.removed);
  return result;
}

}  // namespace gitops

#include "engine/pattern/catalog.h"

#include <algorithm>
#include <set>

#include "engine/base/suggest.h"
#include "engine/model/app_id.h"
#include "engine/pattern/subtree.h"

namespace gitops {
namespace {

constexpr std::size_t kMostCached = 1024;

/// Directories that a place holds; nothing when it cannot be read.
std::vector<TreeEntry> Directories(const PatternPlace& place) {
  std::vector<TreeEntry> directories;
  const Result<std::vector<TreeEntry>> entries = place.files->List("");
  if (!entries) return directories;
  for (const TreeEntry& entry : *entries) {
    if (entry.kind == EntryKind::kDirectory && IsValidName(entry.name)) {
      directories.push_back(entry);
    }
  }
  return directories;
}

/// The name in pattern.yaml is what people see, the directory what is looked up: they must agree.
Result<Pattern> CheckName(Result<Pattern> pattern, const std::string& directory) {
  if (!pattern || pattern->name == directory) return pattern;
  return MakeError(ErrorKind::kInvalid, "pattern under another name",
                   "The directory is \"" + directory + "\", but its pattern.yaml says \"" +
                       pattern->name + "\" (" + pattern->origin + ").",
                   "rename one of them");
}

}  // namespace

PatternCache::Loaded PatternCache::Find(const ObjectId& tree, const std::string& origin) const {
  const auto found = loaded_.find({tree, origin});
  return found == loaded_.end() ? nullptr : found->second;
}

void PatternCache::Add(const ObjectId& tree, const std::string& origin, Loaded loaded) {
  if (loaded_.size() >= kMostCached) loaded_.clear();
  loaded_[{tree, origin}] = std::move(loaded);
}

PatternCatalog::PatternCatalog(std::vector<PatternPlace> places,
                               std::shared_ptr<PatternCache> cache)
    : places_(std::move(places)), cache_(std::move(cache)) {
  if (cache_ == nullptr) cache_ = std::make_shared<PatternCache>();
}

PatternCache::Loaded PatternCatalog::Load(const PatternPlace& place, const std::string& name,
                                          const FileTree& files) {
  const std::string origin = place.origin.empty() ? name : place.origin + "/" + name;
  if (PatternCache::Loaded loaded = cache_->Find(files.Id(), origin)) return loaded;
  auto loaded =
      std::make_shared<const Result<Pattern>>(CheckName(LoadPattern(files, origin), name));
  // Only what the content decides is kept; a failed read may work next time.
  const bool lasting = *loaded || loaded->error().kind == ErrorKind::kInvalid ||
                       loaded->error().kind == ErrorKind::kNotFound;
  if (lasting) cache_->Add(files.Id(), origin, loaded);
  return loaded;
}

Result<FoundPattern> PatternCatalog::Find(const std::string& name) {
  if (!IsValidName(name)) return Unknown(name);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const PatternPlace& place = places_[i];
    ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, place.files->Find(name));
    if (!entry || entry->kind != EntryKind::kDirectory) continue;
    auto files = std::make_shared<const Subtree>(place.files, name, entry->id);
    const PatternCache::Loaded loaded = Load(place, name, *files);
    if (*loaded) {
      // Shares ownership of the cached result; no copy of the pattern.
      return FoundPattern{std::shared_ptr<const Pattern>(loaded, &**loaded), std::move(files), i};
    }
    if (loaded->error().kind != ErrorKind::kNotFound) return loaded->error();
  }
  return Unknown(name);
}

std::vector<PatternListing> PatternCatalog::List() {
  std::vector<PatternListing> listings;
  std::set<std::string> seen;
  for (const PatternPlace& place : places_) {
    for (const TreeEntry& entry : Directories(place)) {
      const Subtree files(place.files, entry.name, entry.id);
      const PatternCache::Loaded loaded = Load(place, entry.name, files);
      if (!*loaded && loaded->error().kind == ErrorKind::kNotFound) continue;
      PatternListing listing;
      listing.name = entry.name;
      listing.origin = place.origin;
      listing.hidden = !seen.insert(entry.name).second;
      if (*loaded) {
        const Pattern& pattern = **loaded;
        listing.version = pattern.version;
        listing.description = pattern.description;
        listing.problems = pattern.diagnostics;
        for (const auto& [name, provider] : pattern.providers) listing.providers.push_back(name);
      } else {
        listing.problems = loaded->error().diagnostics;
      }
      listings.push_back(std::move(listing));
    }
  }
  std::stable_sort(
      listings.begin(), listings.end(),
      [](const PatternListing& a, const PatternListing& b) { return a.name < b.name; });
  return listings;
}

std::vector<std::string> PatternCatalog::Names() const {
  std::set<std::string> names;
  for (const PatternPlace& place : places_) {
    for (const TreeEntry& entry : Directories(place)) {
      const auto file = place.files->Find(entry.name + "/" + std::string(kPatternFile));
      if (file && *file) names.insert(entry.name);
    }
  }
  return {names.begin(), names.end()};
}

Error PatternCatalog::Unknown(const std::string& name) const {
  std::string places;
  for (const PatternPlace& place : places_) places += (places.empty() ? "" : ", ") + place.origin;
  const std::string suggestion = SuggestName(name, Names());
  return MakeError(
      ErrorKind::kNotFound, "unknown pattern",
      "There is no pattern \"" + name + "\"" + (places.empty() ? "." : " in " + places + "."),
      suggestion.empty() ? "list them with `tfgrid-compose patterns`" : suggestion);
}

}  // namespace gitops

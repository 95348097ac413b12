// PatternCatalog: finds patterns by name in an ordered list of places: the source repository's own
// `patterns/` first, then the configured directories, then the shipped ones. The first place that
// has the name decides, also when its pattern is broken. Pure over FileTree; loads a pattern at
// most once. One thread at a time: callers that share a catalog lock it. What it hands out is
// immutable and may be shared.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/pattern/pattern.h"

namespace gitops {

/// A directory that holds pattern directories.
struct PatternPlace {
  std::string origin;  ///< For people: "/usr/share/…/patterns", "source apps: patterns".
  std::shared_ptr<const FileTree> files;
};

struct FoundPattern {
  std::shared_ptr<const Pattern> pattern;
  std::shared_ptr<const FileTree> files;  ///< The pattern's directory.
  std::size_t place = 0;                  ///< Which of the catalog's places has it.
};

/// A line of `patterns`.
struct PatternListing {
  std::string name;
  std::string version;
  std::string description;
  std::string origin;
  std::vector<std::string> providers;
  bool hidden = false;   ///< A place before this one has the same name.
  Diagnostics problems;  ///< Not empty with errors: it cannot be used.
};

/// Loaded patterns by tree and origin, kept by the engine between passes so that patterns that did
/// not change are not parsed again. Bounded: it starts over when full.
class PatternCache {
 public:
  using Loaded = std::shared_ptr<const Result<Pattern>>;

  Loaded Find(const ObjectId& tree, const std::string& origin) const;
  void Add(const ObjectId& tree, const std::string& origin, Loaded loaded);

 private:
  std::map<std::pair<ObjectId, std::string>, Loaded> loaded_;
};

class PatternCatalog {
 public:
  /// `cache` may be shared by catalogs of one thread; without one the catalog makes its own.
  explicit PatternCatalog(std::vector<PatternPlace> places,
                          std::shared_ptr<PatternCache> cache = nullptr);

  /// The pattern called `name`. Errors: kNotFound with the nearest names in the hint, kInvalid with
  /// all problems of the pattern, and what reading the trees gives.
  Result<FoundPattern> Find(const std::string& name);

  /// The names of all patterns, sorted. A place that cannot be read is left out.
  std::vector<std::string> Names() const;

  /// All patterns, by name and then place. A place that cannot be read is left out.
  std::vector<PatternListing> List();

 private:
  PatternCache::Loaded Load(const PatternPlace& place, const std::string& name,
                            const FileTree& files);
  Error Unknown(const std::string& name) const;

  std::vector<PatternPlace> places_;
  std::shared_ptr<PatternCache> cache_;
};

}  // namespace gitops

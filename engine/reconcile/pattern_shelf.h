// PatternShelf: the patterns that an app of a source can use: those in the source's own `patterns/`
// folder first, then the configured directories. Makes a PatternCatalog for each source tree and
// locks it. Lives for one pass, in which directories are read once. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/model/source.h"
#include "engine/pattern/pattern.h"
#include "sources/git_mirror.h"

namespace gitops {

struct ShelvedPattern {
  std::shared_ptr<const Pattern> pattern;
  std::shared_ptr<const FileTree> files;
  bool foreign = false;  ///< Not in the source's repository.
};

class PatternShelf {
 public:
  /// `directories`: as configured, each holds pattern directories. Missing ones are left out.
  PatternShelf(GitMirror& mirror, std::vector<std::string> directories);

  /// Digest over all configured pattern directories: a change may affect any app.
  Result<std::string> DirectoriesDigest();

  /// The tree of the `patterns/` folder below a source's tree; zero when there is none.
  Result<ObjectId> SourcePatternsTree(const SourceSpec& source, const ObjectId& tree);

  /// Names of all patterns an app of this source can use, sorted.
  Result<std::vector<std::string>> Names(const SourceSpec& source, const ObjectId& tree);

  /// Names of the source's own patterns that differ between two `patterns/` trees.
  std::vector<std::string> ChangedNames(const SourceSpec& source, const ObjectId& from,
                                        const ObjectId& to);

  /// The pattern called `name`. Errors: kNotFound with the known names, kInvalid with all problems.
  Result<ShelvedPattern> Find(const SourceSpec& source, const ObjectId& tree,
                              const std::string& name);

 private:
  struct Shelf;
  Result<std::shared_ptr<Shelf>> ShelfOf(const SourceSpec& source, const ObjectId& tree);
  Status ReadDirectories();

  GitMirror& mirror_;
  const std::vector<std::string> directories_;
  std::mutex mutex_;  ///< Guards everything below.
  bool directories_read_ = false;
  std::vector<std::pair<std::string, std::shared_ptr<const FileTree>>> trees_;
  std::map<std::pair<std::string, ObjectId>, std::shared_ptr<Shelf>> shelves_;
};

}  // namespace gitops

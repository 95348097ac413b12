// GitMirror: the seam between the engine and Git. One bare mirror per source under the state
// directory; repositories on a path are read where they are. No checkout anywhere.
// Thread-safe but for calls of one source that both ask its remote (Fetch, PushRevert), or neither.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/app_id.h"
#include "engine/model/file_tree.h"
#include "engine/model/object_id.h"
#include "engine/model/revision.h"
#include "engine/model/source.h"

namespace gitops {

/// A directory of a source that holds a manifest. Its tree id is the app's fingerprint.
struct AppDirectory {
  std::string path;           ///< From the repository's root; "" is the root itself.
  ObjectId tree;              ///< Of the directory.
  std::string manifest_name;  ///< "tfgrid-compose.yaml" or ".yml".
  ObjectId manifest;
  /// kFile also when its executable bit is set; anything else is refused by the caller.
  EntryKind manifest_kind = EntryKind::kFile;

  bool operator==(const AppDirectory&) const = default;
};

/// What differs between two trees of a source's path.
struct TreeComparison {
  std::vector<AppDirectory> added;
  std::vector<AppDirectory> changed;  ///< As they are now.
  std::vector<AppDirectory> removed;  ///< As they were.
  bool patterns_changed = false;      ///< The `patterns/` folder of the source's path.
};

struct SnapshotRequest {
  AppId app;
  int number = 0;
  ObjectId app_tree;
  ObjectId pattern_tree;
};

/// Instead of a snapshot's number: all that the app has.
inline constexpr int kAllSnapshots = 0;

class GitMirror {
 public:
  virtual ~GitMirror() = default;

  /// Asks the remote for the tip of the source's ref and brings its objects here when it is not
  /// `known`. One remote query and nothing else when it is. Errors: kNotFound (ref or repository is
  /// not there), kInvalid (credentials, host key, object format, unsafe URL), kTransient (network,
  /// server, deadline), kCorruption (repository broken), kCancelled.
  virtual Result<Revision> Fetch(const SourceSpec& source, const Revision& known,
                                 std::stop_token stop) = 0;

  /// The tree of the source's path at a commit. Errors: kNotFound (no such path), kCorruption.
  virtual Result<ObjectId> TreeAt(const SourceSpec& source, const ObjectId& commit) = 0;

  /// A tree of the source as files; it keeps the repository open. May be shared by threads.
  virtual Result<std::shared_ptr<const FileTree>> Open(const SourceSpec& source,
                                                       const ObjectId& tree) = 0;

  /// Every directory with a manifest below `tree`, sorted by path. Does not descend below one, nor
  /// into `patterns/…` directories that hold a pattern.yaml. Errors: kNotFound, kCorruption,
  /// kInvalid (nested too deep, too many directories).
  virtual Result<std::vector<AppDirectory>> FindApps(const SourceSpec& source,
                                                     const ObjectId& tree) = 0;

  /// The apps that differ between two trees, by a merge-walk that skips equal ids. Errors:
  /// kNotFound when `from` is gone (after a force-push and gc): the caller compares with FindApps.
  virtual Result<TreeComparison> Compare(const SourceSpec& source, const ObjectId& from,
                                         const ObjectId& to) = 0;

  /// Makes a tree of files durable in the source's mirror and returns its id. The engine takes
  /// nothing away from a mirror, but only a snapshot keeps it from a garbage collection by hand.
  virtual Result<ObjectId> Import(const SourceSpec& source, const FileTree& files) = 0;

  /// Makes snapshots durable under refs/snapshots/<environment>, all in one commit: trees are
  /// copied into the mirror when they are elsewhere, and `drop` ones (app, number or
  /// kAllSnapshots) are removed first.
  /// Errors: kNotFound (a tree is gone), kTransient (disk).
  virtual Status WriteSnapshots(const SourceSpec& source, const std::string& environment,
                                const std::vector<SnapshotRequest>& add,
                                const std::vector<std::pair<AppId, int>>& drop) = 0;

  /// Pushes a commit to the source's branch that brings `directory` back to `tree`.
  /// Returns the new revision. Errors: kInvalid (not a branch, not writable), kConflict (the branch
  /// moved), kTransient.
  virtual Result<Revision> PushRevert(const SourceSpec& source, const std::string& directory,
                                      const ObjectId& tree, const std::string& message,
                                      std::stop_token stop) = 0;
};

}  // namespace gitops

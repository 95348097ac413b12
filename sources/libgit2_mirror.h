// LibGit2Mirror: the GitMirror that real sources use. Remotes are fetched by a child process into
// <state>/mirrors/<source>.git; repositories on a path are opened where they are, and their mirror
// holds snapshots only. The source named "up" with an empty url has nothing but a mirror.
//
// Locks: a fetch (which may take minutes) and a write (snapshots, imports: milliseconds) of one
// source exclude their own kind, so a slow server never delays a snapshot. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/work_counters.h"
#include "engine/os/process.h"
#include "sources/fetch_child.h"
#include "sources/git_library.h"
#include "sources/git_mirror.h"
#include "sources/git_repository.h"
#include "sources/object_copy.h"
#include "sources/pack_consolidation.h"
#include "sources/source_url.h"
#include "sources/tree_walk.h"

namespace gitops {

struct MirrorOptions {
  std::string state_dir;        ///< Absolute; the mirrors are in its folder `mirrors`.
  std::string self_executable;  ///< Absolute path of this binary, which has `internal-fetch`.
  std::int64_t repository_bytes = 4LL << 30;  ///< Of one mirror's packs.
  /// Address space of a fetch child (mapped packs count). 0: no limit.
  std::int64_t child_memory_bytes = kDefaultChildMemory;
  CopyLimits app_limits;  ///< Of one tree that is imported or kept as a snapshot.
  WalkLimits walk_limits;
  ConsolidationLimits consolidation;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr std::int64_t kDefaultChildMemory = 0;  // Sanitizers map terabytes.
#else
  static constexpr std::int64_t kDefaultChildMemory = 6LL << 30;
#endif
};

class LibGit2Mirror : public GitMirror {
 public:
  /// `runner`, `clock` and `counters` outlive the mirror. When libgit2 cannot be used, every call
  /// says so; Check asks beforehand.
  LibGit2Mirror(MirrorOptions options, ProcessRunner& runner, const Clock& clock,
                WorkCounters& counters);
  ~LibGit2Mirror() override;

  /// Whether libgit2 can be used. Errors: kInvalid (too old).
  Status Check() const;

  Result<Revision> Fetch(const SourceSpec& source, const Revision& known,
                         std::stop_token stop) override;
  Result<ObjectId> TreeAt(const SourceSpec& source, const ObjectId& commit) override;
  Result<std::shared_ptr<const FileTree>> Open(const SourceSpec& source,
                                               const ObjectId& tree) override;
  Result<std::vector<AppDirectory>> FindApps(const SourceSpec& source,
                                             const ObjectId& tree) override;
  Result<TreeComparison> Compare(const SourceSpec& source, const ObjectId& from,
                                 const ObjectId& to) override;
  Result<ObjectId> Import(const SourceSpec& source, const FileTree& files) override;
  Status WriteSnapshots(const SourceSpec& source, const std::string& environment,
                        const std::vector<SnapshotRequest>& add,
                        const std::vector<std::pair<AppId, int>>& drop) override;
  Result<Revision> PushRevert(const SourceSpec& source, const std::string& directory,
                              const ObjectId& tree, const std::string& message,
                              std::stop_token stop) override;

 private:
  /// What is kept per source.
  struct SourceState {
    std::mutex fetching;
    std::mutex writing;
    std::mutex opening;                       ///< Guards the handles below.
    std::shared_ptr<GitRepository> reader;    ///< The mirror, with a path's objects beside it.
    std::shared_ptr<GitRepository> writer;    ///< The mirror alone.
    std::string reader_path;                  ///< The path repository that `reader` looks into.
    std::shared_ptr<GitRepository> upstream;  ///< A path's own repository, kept open.
    std::string upstream_path;
    std::pair<dev_t, ino_t> upstream_identity;  ///< Of its objects directory.
  };

  std::string MirrorPath(const SourceSpec& source) const;
  Result<SourceState*> StateOf(const SourceSpec& source);
  Result<std::shared_ptr<GitRepository>> Reader(SourceState& state, const SourceSpec& source);
  Result<std::shared_ptr<GitRepository>> Writer(SourceState& state, const SourceSpec& source);
  /// The repository at `path`, opened once for as long as the same one is there.
  Result<std::shared_ptr<GitRepository>> Upstream(SourceState& state, const std::string& path);
  void DropHandles(SourceState& state);

  Result<Revision> FetchPath(SourceState& state, const SourceSpec& source, const ParsedUrl& url,
                             const Revision& known);
  Result<Revision> FetchRemote(SourceState& state, const SourceSpec& source, const Revision& known,
                               std::stop_token stop);
  Result<RemoteRequest> MakeRequest(const SourceSpec& source, RemoteOperation operation) const;
  void ConsolidateIfNeeded(SourceState& state, const SourceSpec& source, std::stop_token stop);
  void CleanMirror(SourceState& state, const SourceSpec& source);

  Result<Revision> RevertOnPath(SourceState& state, const SourceSpec& source, const ParsedUrl& url,
                                const std::string& directory, const ObjectId& tree,
                                const std::string& message);
  Result<Revision> RevertOnRemote(SourceState& state, const SourceSpec& source,
                                  const std::string& directory, const ObjectId& tree,
                                  const std::string& message, std::stop_token stop);

  MirrorOptions options_;
  Result<GitLibrary> library_;
  const Clock& clock_;
  WorkCounters& counters_;
  FetchRunner remote_;
  std::mutex mutex_;  ///< Guards the map, not what is in it.
  std::map<std::string, std::unique_ptr<SourceState>> states_;
};

}  // namespace gitops

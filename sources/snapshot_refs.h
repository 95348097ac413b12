// SnapshotRefs: the snapshots of one environment in one repository. One ref for all of them,
//   refs/snapshots/<environment> → a commit without parents → <shard>/<app>/<n>/{app,pattern}
// keeps every object alive without slowing down a fetch (which offers every ref to the server). The
// shard is the first two hex digits of the SHA-256 of the app's name, so that no directory is long.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "sources/git_mirror.h"
#include "sources/git_repository.h"

namespace gitops {

/// Adds and removes snapshots in one commit and moves the ref to it; durable when it returns. Trees
/// have to be in the repository already. A dropped one that is not there is fine. Nothing is
/// written when nothing changes. The caller holds the mirror's write lock. Errors: kNotFound (a
/// tree), kInvalid (names), kConflict, kTransient, kCorruption.
Status UpdateSnapshots(GitRepository& repository, const std::string& environment,
                       const std::vector<SnapshotRequest>& add,
                       const std::vector<std::pair<AppId, int>>& drop, const Clock& clock);

/// The numbers of an app's snapshots with their trees (pattern zero: none). For checks and repairs.
Result<std::map<int, std::pair<ObjectId, ObjectId>>> ReadSnapshots(GitRepository& repository,
                                                                   const AppId& app);

/// Raw text of a commit object.
std::string EncodeCommit(const ObjectId& tree, const std::vector<ObjectId>& parents,
                         const std::string& message, WallTime time);

}  // namespace gitops

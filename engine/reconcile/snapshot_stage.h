// SnapshotStage: before a pass changes anything, the trees that its plans apply are put where a
// force-push or a garbage collection cannot take them away. One write per source and environment.
// For an app by itself that has two halves: its run begins in between (docs/decisions/0032).
#pragma once

#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/snapshot.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"

namespace gitops {

enum class KeepWhat {
  kSnapshots,  ///< All of it, in one write.
  kTrees,      ///< The trees are in the mirror; the run has to call GuardSnapshot.
};

/// Keeps the trees of each candidate's plan and returns the snapshots in the order of `to_apply`:
/// none for a deletion. A candidate whose source cannot keep them is taken out of `to_apply`: its
/// report says that it failed and nothing of it was touched; apps of other sources go on. Errors:
/// those of the store.
Result<std::vector<std::optional<Snapshot>>> KeepSnapshots(const EngineParts& parts, KeepWhat what,
                                                           std::vector<Candidate*>& to_apply);

/// Makes the snapshot of a run that has begun one of those that are kept, before the run's first
/// effect. Does nothing when it is one. Returns why its mirror cannot, if it cannot: the run must
/// not go on then. Errors: those of the store.
Result<std::optional<Error>> GuardSnapshot(const EngineParts& parts, const AppRecord& app,
                                           const Snapshot& snapshot);

/// Removes every snapshot of an app that is about to be forgotten from the mirrors that hold them,
/// so that nothing keeps its files any more. To be called before its row goes: after a crash in
/// between it is done again. What stays behind does no harm, so a failure is only told: a warning
/// for each mirror. Errors: those of the store.
Result<Diagnostics> RemoveSnapshots(const EngineParts& parts, const AppRecord& app);

}  // namespace gitops

// DesiredBuilder: app directory + pattern + environment of today → what the app is wanted to be.
// Serves both directions: the tip of a source, and a snapshot to return to. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "engine/base/result.h"
#include "engine/model/plan.h"
#include "engine/model/snapshot.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"

namespace gitops {

/// Why an app cannot be planned, and who has to act.
struct BuildFailure {
  Verdict verdict = Verdict::kInvalid;  ///< kInvalid: the repository; kBlocked: the environment.
  Diagnostics diagnostics;
};

using BuildOutcome = std::variant<Wanted, BuildFailure>;

/// Builds what the candidate's manifest at its tree wants. Errors: kTransient, kCorruption,
/// kCancelled.
Result<BuildOutcome> BuildWanted(const EngineParts& parts, PatternShelf& patterns,
                                 const Candidate& candidate, const ObjectId& source_tree);

/// Builds what a snapshot wants, with the values of today. Errors: kNotFound when its trees are
/// gone.
Result<BuildOutcome> BuildFromSnapshot(const EngineParts& parts, const SourceSpec& source,
                                       const Snapshot& snapshot);

/// What a deletion works with: the trees and values of the app's last run, as far as they can be
/// had. None when the app never ran.
Result<std::unique_ptr<Wanted>> WantedForDeletion(const EngineParts& parts,
                                                  const Candidate& candidate);

/// What an unfinished run or a deletion works with. Trees are null when they are gone; values are
/// those of today, and none when they cannot be had.
struct RunTrees {
  std::shared_ptr<const FileTree> app_files;
  std::shared_ptr<const FileTree> pattern_files;
  AppVariables variables;
  /// Why it is not all there. A deletion goes on without; no other hook may run.
  std::optional<Error> lacking;
};

Result<RunTrees> OpenRunTrees(const EngineParts& parts, const SourceSpec& source, const Plan& plan);

}  // namespace gitops

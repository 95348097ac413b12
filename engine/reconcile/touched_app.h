// TouchedApp: a new or changed directory of a source → the candidate that it makes. Reads the
// store, writes nothing. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/source.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/manifest_loader.h"
#include "engine/reconcile/parts.h"
#include "sources/git_mirror.h"

namespace gitops {

/// What all touched directories of one look have in common.
struct TouchedSource {
  std::shared_ptr<const SourceSpec> source;
  Revision tip;
  std::vector<std::string> known_patterns;  ///< For "did you mean".
  std::map<std::string, AppRecord> there;   ///< What the store has at the touched directories.
};

/// Makes the candidate of what was read at `place`, as if no other manifest had its name. What is
/// wrong with the manifest is in the candidate. Errors: those of the store.
Result<std::unique_ptr<Candidate>> MakeTouchedCandidate(const EngineParts& parts,
                                                        const TouchedSource& look,
                                                        const AppDirectory& place,
                                                        ManifestReading reading);

/// Takes back what PlanCandidate did to a candidate that turned out to be declared twice.
void ForgetPlan(Candidate& candidate);

/// Also takes back what its manifest says: what remains is the app as the store knows it.
void ForgetManifest(Candidate& candidate);

}  // namespace gitops

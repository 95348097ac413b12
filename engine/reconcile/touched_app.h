// TouchedApp: a new or changed directory of a source → the candidate that it makes. Reads the
// store, writes nothing. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/source.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/manifest_loader.h"
#include "engine/reconcile/parts.h"
#include "sources/git_mirror.h"

namespace gitops {

/// The summary of the diagnostic on an app that two manifests declare. Such an app is settled only
/// when all manifests of its source are seen together, so its source is then compared in full.
inline constexpr std::string_view kDuplicateSummary = "two manifests declare the same app";

/// What all touched directories of one look have in common.
struct TouchedSource {
  std::shared_ptr<const SourceSpec> source;
  Revision tip;
  std::vector<std::string> known_patterns;  ///< For "did you mean".
  std::map<std::string, AppRecord> there;   ///< What the store has at the touched directories.
  bool no_app_known = false;                ///< The store has none in the source's environment.
};

/// Makes the candidate of what was read at `place`, as if no other manifest had its name. What is
/// wrong with the manifest is in the candidate. Errors: those of the store.
Result<std::unique_ptr<Candidate>> MakeTouchedCandidate(const EngineParts& parts,
                                                        const TouchedSource& look,
                                                        AppDirectory place,
                                                        ManifestReading reading);

/// Where the manifest of a touched candidate lies, from the repository's root.
std::string ManifestFileOf(const Candidate& candidate);

/// Lets go of the file's name where ManifestFileOf knows it anyway. Nearly all are called alike,
/// and a pass holds 100,000. REQUIRES: the candidate is planned.
void ForgetUsualFile(Candidate& candidate);

/// Takes back what the manifest says and what was planned: what remains is the app as the store
/// knows it.
void ForgetManifest(Candidate& candidate);

/// Two manifest files, `first` and `second`, declare the app: takes back what was planned, so that
/// it is planned again as what it is, and says so in its record.
void MarkDuplicate(Candidate& candidate, const std::string& first, const std::string& second);

}  // namespace gitops

// Dependencies: may an app go ahead, given the apps it depends on? `depends_on` orders apps across
// sources; a cycle is an error, a missing or failed dependency blocks.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Before anything is applied: marks candidates in a cycle invalid, and candidates blocked whose
/// dependency is unknown or cannot come up. Errors: those of the store.
Status CheckDependencies(const EngineParts& parts, std::vector<Candidate*>& candidates);

/// Right before a candidate is applied, when everything it waits for has ended: the reason why it
/// cannot go ahead, or "".
Result<std::string> RefuseForDependencies(const EngineParts& parts, const Candidate& candidate,
                                          const std::vector<Candidate*>& candidates);

}  // namespace gitops

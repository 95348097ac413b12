// Reasons: the sentences that explain decisions. They are written here and nowhere else; nothing
// ever decides by reading them. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/model/diff.h"
#include "engine/model/drift.h"
#include "engine/model/plan.h"
#include "engine/model/reason.h"
#include "engine/model/step.h"

namespace gitops {

/// "never ran", or "was never created" for a resource.
Reason NotRecordedReason(StepNature nature);

/// "environment.TZ changed", "files.src and 2 more inputs changed", "environment.TZ was added";
/// with code kPatternChanged when only inputs `pattern.*` differ. REQUIRES: changes is not empty.
Reason InputsReason(const std::vector<Change>& changes);

/// "carried out by opentofu now, by local before".
Reason DriverReason(const std::string& from, const std::string& to);

/// "outputs of infrastructure.host changed", or "uses outputs of network.mesh now" (or "no more")
/// when only edges came (or went). REQUIRES: changes is not empty.
Reason UpstreamChangedReason(const std::vector<Change>& changes);

/// "infrastructure.host comes first and its outputs may change", for the guard `refs`.
Reason UpstreamMayChangeReason(const std::vector<OutputRef>& refs);

/// "it is gone: there is no …", "not as it was applied: the file … was changed". REQUIRES: the step
/// drifted or is missing.
Reason DriftReason(const StepDrift& drift);

/// The reasons that need no particulars: kRemoved, kAppDeleted, kLastAttemptFailed,
/// kOutcomeUnknown, kAfterOtherSteps, kForced, kUnchanged.
Reason PlainReason(ReasonCode code);

/// The guard of an action in words: "if outputs of infrastructure.host change", "if any other step
/// runs", or "" for an action without a guard.
std::string DescribeGuard(const Action& action);

}  // namespace gitops

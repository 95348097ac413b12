// AppPlan: a candidate → what would be done with it and whether it may be. Reads Git and the store,
// writes nothing. Thread-safe for different candidates.
#pragma once

#include "engine/base/result.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"

namespace gitops {

/// Fills wanted, recorded, plan, decision, report and the status fields of the record. What is
/// wrong with the app is in the report. Errors: those of the store and of Git; kCancelled.
Status PlanCandidate(const EngineParts& parts, PatternShelf& patterns, const ObjectId& source_tree,
                     Candidate& candidate);

/// What the last look found, as far as the record tells.
Verdict VerdictFromRecord(const AppRecord& record);

/// The health that people are shown: a suspended app is never better than suspended.
Health ShownHealth(const AppRecord& record);

/// The report of an app that was not looked at, from its record alone.
AppReport ReportFromRecord(const AppRecord& record);

/// Marks a candidate as blocked: it is not applied in this pass, and its dependents neither.
void Block(Candidate& candidate, std::string reason);

}  // namespace gitops

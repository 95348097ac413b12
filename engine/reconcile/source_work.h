// SourceWork: one look at one source that is recorded at once, and the apps it leaves work for: the
// beginning of a pass for a single source, with the same functions.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/reconcile/keyed_engine.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"

namespace gitops {

/// Looks and records. `stored`: the source as it is recorded, null when it never was; replaced by
/// what is recorded now. `outside_digest`: SourceLookRequest. Errors: as KeyedEngine::Look.
Result<LookOutcome> WorkOnSource(const EngineParts& parts, PatternShelf& patterns,
                                 const SourceSpec& source, const std::string& outside_digest,
                                 const LookWish& wish, std::optional<SourceRecord>& stored,
                                 std::stop_token stop);

}  // namespace gitops

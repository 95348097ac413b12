// DriftSchedule: when the daemon looks at what is there of which app, and what of it is news. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "engine/model/drift.h"
#include "engine/model/event.h"
#include "engine/store/drift_store.h"

namespace gitops {

struct DriftTurn {
  WallTime due{};
  DriftEntry entry;
};

/// The next look at each app that is not suspended, the most pressing one first. Looks are spread:
/// each comes up to a tenth of the interval early, always by the same for one app, and those that
/// never were within the first minutes after `started`. What had drifted and was changed since is
/// looked at at once. A look that lies in the future was kept while the clock was wrong.
/// REQUIRES: interval > 0.
std::vector<DriftTurn> PlanLooks(const std::vector<DriftEntry>& entries, WallTime started,
                                 WallTime now, std::chrono::milliseconds interval);

/// The event that tells of a look; nullopt when it found what the last one had found.
std::optional<Event> NewsOf(const AppDrift& drift, const std::optional<DriftEntry::Kept>& before);

}  // namespace gitops

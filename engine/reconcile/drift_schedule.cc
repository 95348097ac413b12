#include "engine/reconcile/drift_schedule.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace gitops {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstMinutes{10 * 60'000};

/// A number in [0, 1000) that is always the same for one app (FNV-1a).
std::int64_t ShareOf(const AppId& app) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : app.ToString()) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return static_cast<std::int64_t>((hash >> 32U) % 1000);
}

WallTime DueOf(const DriftEntry& entry, WallTime started, WallTime now, milliseconds interval) {
  const std::int64_t share = ShareOf(entry.app);
  if (!entry.kept) return started + std::min(interval, kFirstMinutes) * share / 1000;
  const DriftEntry::Kept& kept = *entry.kept;
  const bool healed = HasDrifted(kept.verdict) && kept.serial != entry.recorded_serial;
  if (healed || kept.checked > now) return now;
  return kept.checked + interval - interval * share / 10'000;
}

/// The first step that is not as it was applied, and what is with it.
std::string FirstOf(const AppDrift& drift) {
  for (const StepDrift& step : drift.steps) {
    if (!HasDrifted(step.verdict)) continue;
    return step.address.ToString() + " " + std::string(ToString(step.verdict)) +
           (step.detail.empty() ? "" : ": " + step.detail);
  }
  return std::string(ToString(drift.verdict));
}

}  // namespace

std::vector<DriftTurn> PlanLooks(const std::vector<DriftEntry>& entries, WallTime started,
                                 WallTime now, milliseconds interval) {
  std::vector<DriftTurn> turns;
  for (const DriftEntry& entry : entries) {
    if (!entry.suspended) turns.push_back({DueOf(entry, started, now, interval), entry});
  }
  std::stable_sort(turns.begin(), turns.end(),
                   [](const DriftTurn& a, const DriftTurn& b) { return a.due < b.due; });
  return turns;
}

std::optional<Event> NewsOf(const AppDrift& drift, const std::optional<DriftEntry::Kept>& before) {
  const bool had_drifted = before && HasDrifted(before->verdict);
  const bool has_drifted = HasDrifted(drift.verdict);
  if (had_drifted == has_drifted || (had_drifted && drift.verdict != DriftVerdict::kInSync)) {
    return std::nullopt;
  }
  Event event;
  event.time = drift.checked;
  event.app = drift.app;
  event.severity = has_drifted ? Severity::kWarning : Severity::kNote;
  event.type = has_drifted ? "app.drifted" : "app.drift_gone";
  event.message = has_drifted ? FirstOf(drift) : "what is there is as it was applied again";
  return event;
}

}  // namespace gitops

#include "engine/reconcile/drift_patrol.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace gitops {
namespace {

using std::chrono::milliseconds;

/// While there is nothing to do, a changed configuration is seen within this time.
constexpr milliseconds kIdle{5'000};
/// While apps wait for a worker.
constexpr milliseconds kBusy{1'000};
/// Between two looks: the machine is for the apps.
constexpr milliseconds kBreath{20};
/// Apps come and go, and what was healed is looked at again: the plan is made anew this often.
constexpr milliseconds kFreshest{1'000};
constexpr milliseconds kOldest{30'000};

}  // namespace

milliseconds DriftPatrol::Round(const std::stop_token& stop) {
  const milliseconds interval = parts_.daemon.Configuration()->server.drift_interval;
  if (interval == milliseconds(0)) {
    turns_.clear();
    planned_ = {};
    return kIdle;
  }
  const DaemonState state = parts_.daemon.State();
  if (state.draining || state.apps.waiting > 0) return kBusy;
  if (Status planned = Refresh(interval); !planned) {
    parts_.log.Warning("drift could not be planned", {{"error", planned.error().ToString()}});
    return kOldest;
  }
  const WallTime now = parts_.clock.Now();
  if (turns_.empty()) return kIdle;
  if (turns_.back().due > now) {
    return std::clamp(milliseconds(turns_.back().due - now), kBreath, kIdle);
  }
  const DriftEntry entry = std::move(turns_.back().entry);
  turns_.pop_back();
  const Status looked = LookAt(entry, stop);
  if (!looked && looked.error().kind != ErrorKind::kCancelled) {
    parts_.log.Warning("an app could not be looked at",
                       {{"app", entry.app.ToString()}, {"error", looked.error().ToString()}});
  }
  return kBreath;
}

Status DriftPatrol::Refresh(milliseconds interval) {
  const WallTime now = parts_.clock.Now();
  const milliseconds age = std::clamp(interval / 4, kFreshest, kOldest);
  if (planned_ <= now && now - planned_ < age) return {};
  ASSIGN_OR_RETURN(const auto entries, parts_.store.ListDrift());
  turns_ = PlanLooks(entries, started_, now, interval);
  std::reverse(turns_.begin(), turns_.end());
  planned_ = now;
  return {};
}

Status DriftPatrol::LookAt(const DriftEntry& entry, const std::stop_token& stop) {
  const auto engine = parts_.daemon.Reader();
  ASSIGN_OR_RETURN(const DriftReport report, engine->Drift({{entry.app.ToString()}, "", ""}, stop));
  for (const AppDrift& drift : report.apps) {
    if (!drift.reason.empty()) continue;  // A run came in the way; the next plan has it again.
    std::vector<Event> events;
    if (auto news = NewsOf(drift, entry.kept)) events.push_back(*std::move(news));
    RETURN_IF_ERROR(parts_.store.SaveDrift(drift, events));
    parts_.looked(drift);
    parts_.log.Debug(
        "looked at what is there",
        {{"app", drift.app.ToString()}, {"verdict", std::string(ToString(drift.verdict))}});
  }
  return {};
}

}  // namespace gitops

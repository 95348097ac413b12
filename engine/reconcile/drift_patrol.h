// DriftPatrol: looks at what is there of one app after the other, at the daemon's interval, and
// keeps what it saw. It heals nothing. It waits while apps wait for a worker, and a look that a run
// came in the way of is made again later. Called by one thread.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/reconcile/daemon_control.h"
#include "engine/reconcile/drift_schedule.h"
#include "engine/store/drift_store.h"

namespace gitops {

/// All of it outlives the patrol and is thread-safe.
struct DriftPatrolParts {
  DaemonControl& daemon;
  DriftStore& store;
  const Clock& clock;
  Log& log;
  /// Told of each look once it is kept.
  std::function<void(const AppDrift&)> looked;
};

class DriftPatrol {
 public:
  explicit DriftPatrol(DriftPatrolParts parts)
      : parts_(std::move(parts)), started_(parts_.clock.Now()) {}

  /// Looks at the app whose turn it is, if any. Returns how long to wait before the next round.
  std::chrono::milliseconds Round(const std::stop_token& stop);

 private:
  Status Refresh(std::chrono::milliseconds interval);
  Status LookAt(const DriftEntry& entry, const std::stop_token& stop);

  const DriftPatrolParts parts_;
  const WallTime started_;
  std::vector<DriftTurn> turns_;  ///< The next one is at the end.
  WallTime planned_{};            ///< When `turns_` was made.
};

}  // namespace gitops

// DriftStore: what was last seen of what is really there of each app. It goes with the app.
// Conventions, thread-safety and errors are those of engine/store/store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/model/drift.h"
#include "engine/model/event.h"

namespace gitops {

/// An app of which something was applied, with what is needed to say when it is looked at next.
struct DriftEntry {
  AppId app;
  std::uint64_t recorded_serial = 0;
  bool suspended = false;

  /// Of the last look; none when there was none.
  struct Kept {
    DriftVerdict verdict = DriftVerdict::kUnknown;
    std::uint64_t serial = 0;
    WallTime checked{};
  };
  std::optional<Kept> kept;
};

class DriftStore {
 public:
  virtual ~DriftStore() = default;

  /// All apps of which something was applied, sorted by app.
  virtual Result<std::vector<DriftEntry>> ListDrift() = 0;
  /// The last look at each app, sorted by app; with their steps when `steps`.
  virtual Result<std::vector<AppDrift>> ListLooks(bool steps) = 0;
  /// The last look at an app with its steps; nullopt when there was none.
  virtual Result<std::optional<AppDrift>> LoadDrift(const AppId& app) = 0;
  /// Replaces what is kept of the app, together with the events. Does nothing when the app is gone.
  virtual Status SaveDrift(const AppDrift& drift, const std::vector<Event>& events) = 0;
};

}  // namespace gitops

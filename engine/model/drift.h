// Drift: what is really there against what was recorded as applied, step by step. (Desired against
// recorded is the Diff of engine/model/diff.h, and never mixed with it.) Pure values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/app_id.h"
#include "engine/model/step.h"

namespace gitops {

/// The names are part of the JSON contract.
enum class DriftVerdict {
  kInSync,   ///< It is there as it was applied.
  kDrifted,  ///< It is there, and somebody or something changed it.
  kMissing,  ///< It is not there.
  kUnknown,  ///< It cannot be observed, or could not be now.
};

/// "in_sync", "drifted", "missing", "unknown".
std::string_view ToString(DriftVerdict verdict);
std::optional<DriftVerdict> ParseDriftVerdict(std::string_view text);

struct StepDrift {
  StepAddress address;
  DriftVerdict verdict = DriftVerdict::kUnknown;
  std::string detail;  ///< A sentence: what was seen, or why nothing was. Redacted.

  bool operator==(const StepDrift&) const = default;
};

/// One look at what is there of an app.
struct AppDrift {
  AppId app;
  /// kDrifted when a step drifted or is missing, kMissing when all that can be observed is gone,
  /// kInSync when what can be observed is as it was applied.
  DriftVerdict verdict = DriftVerdict::kUnknown;
  std::string reason;        ///< Why nothing was looked at; "" when it was.
  std::uint64_t serial = 0;  ///< The recorded state that it was compared with.
  WallTime checked{};
  std::vector<StepDrift> steps;  ///< Sorted by address; none when there is a reason.

  bool operator==(const AppDrift&) const = default;
};

/// True for what is not as it was applied.
bool HasDrifted(DriftVerdict verdict);

/// The verdict on an app whose steps have these.
DriftVerdict Overall(const std::vector<StepDrift>& steps);

/// Which apps to look at.
struct DriftRequest {
  std::vector<std::string> apps;  ///< "name" or "environment/name"; empty: all of which something
                                  ///< was applied.
  std::string source;             ///< "" for all.
  std::string environment;        ///< "" for all.
};

struct DriftReport {
  std::vector<AppDrift> apps;  ///< Sorted by app.

  struct Summary {
    std::size_t in_sync = 0, drifted = 0, missing = 0, unknown = 0;
  };
  Summary Summarise() const;
  bool HasDrift() const;
};

}  // namespace gitops

// Diff: desired against recorded state, per step and per input. (Drift is observed against recorded
// and never mixed with it.) Pure values; differ/diff.h computes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/reason.h"
#include "engine/model/step.h"

namespace gitops {

/// One input that differs. `from` is missing for a new one, `to` for one that went away.
struct Change {
  std::string path;  ///< The input's name.
  std::optional<std::string> from;
  std::optional<std::string> to;

  bool operator==(const Change&) const = default;
};

enum class StepVerdict { kUnchanged, kAdded, kChanged, kRemoved };

struct StepDiff {
  StepAddress address;
  StepVerdict verdict = StepVerdict::kUnchanged;
  std::vector<Change> changes;  ///< Sorted by path.
  Reason reason;

  bool operator==(const StepDiff&) const = default;
};

struct Diff {
  std::vector<StepDiff> steps;  ///< Sorted by address; unchanged ones too.

  /// True when no step differs.
  bool IsEmpty() const;

  bool operator==(const Diff&) const = default;
};

}  // namespace gitops

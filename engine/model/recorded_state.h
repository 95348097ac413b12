// RecordedState: for each step, the inputs it last succeeded with and its outputs. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/app_id.h"
#include "engine/model/step.h"

namespace gitops {

/// Numbers runs over all apps of a store, from 1.
using RunId = std::int64_t;

struct RecordedStep {
  /// As it last succeeded; `inputs` then also hold the consumed outputs, by OutputRef::InputName.
  /// A step that was started once and never succeeded has no inputs.
  Step step;
  Outputs outputs;
  /// Started since it last succeeded, and did not succeed: it has to run again, whatever the
  /// inputs.
  bool tainted = false;
  /// What became of that start: true when the effect may or may not have happened.
  bool outcome_unknown = false;
  RunId run = 0;  ///< The run that last touched it.

  bool operator==(const RecordedStep&) const = default;
};

struct RecordedState {
  AppId app;
  /// Grows with each change; a plan is bound to the serial it was made from.
  std::uint64_t serial = 0;
  std::vector<RecordedStep> steps;  ///< Sorted by address.

  /// The step at `address`, or null.
  const RecordedStep* Find(const StepAddress& address) const;

  bool operator==(const RecordedState&) const = default;
};

}  // namespace gitops

// Differ: desired against recorded state. Pure: no Git, no clock, no files.
#pragma once

#include "engine/model/desired_state.h"
#include "engine/model/diff.h"
#include "engine/model/recorded_state.h"

namespace gitops {

/// What differs, step by step, each with its reason. An absent `desired` (null) means the app is to
/// go: every recorded step is removed.
Diff ComputeDiff(const DesiredState* desired, const RecordedState& recorded);

}  // namespace gitops

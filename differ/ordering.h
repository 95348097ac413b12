// Ordering: in which order the steps of an app run and are undone. Deterministic: the order in
// which steps are given changes nothing. Pure.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/model/step.h"

namespace gitops {

/// Pointers to all `steps` in running order: by phase, then after everything they consume or come
/// after, then steps that run after any other, then by address. The pointers live as long as
/// `steps`. Errors: kInvalid with every problem (two steps at one address, an edge to a step that
/// does not exist or is in a later phase, a cycle).
Result<std::vector<const Step*>> OrderSteps(const std::vector<Step>& steps);

/// Pointers to all `steps` in the order in which they are undone: the reverse of the order in
/// which they ran. Edges to steps that are not there are ignored, and so is whatever else is wrong:
/// something that exists can always be removed.
std::vector<const Step*> OrderForRemoval(const std::vector<const Step*>& steps);

}  // namespace gitops

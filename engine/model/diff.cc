#include "engine/model/diff.h"

#include <algorithm>

namespace gitops {

bool Diff::IsEmpty() const {
  return std::all_of(steps.begin(), steps.end(),
                     [](const StepDiff& step) { return step.verdict == StepVerdict::kUnchanged; });
}

}  // namespace gitops

#include "differ/guard.h"

#include <algorithm>

namespace gitops {
namespace {

std::string CurrentDigest(const OutputRef& ref, const OutputsByStep& outputs) {
  static const Outputs kNone;
  const auto found = outputs.find(ref.step);
  return DigestOutputs(ref, found == outputs.end() ? kNone : found->second);
}

/// True when the step last ran with exactly these outputs.
bool RanWith(const RecordedStep& recorded, const OutputRef& ref, const OutputsByStep& outputs) {
  const std::string name = ref.InputName();
  return std::any_of(recorded.step.inputs.begin(), recorded.step.inputs.end(),
                     [&](const Input& input) {
                       return input.name == name && input.digest == CurrentDigest(ref, outputs);
                     });
}

}  // namespace

bool GuardIsOpen(const Action& action, const RecordedStep* recorded, const OutputsByStep& outputs,
                 bool any_ran) {
  if (action.guard_any && any_ran) return true;
  if (action.guard.empty()) return !action.guard_any;
  if (recorded == nullptr || recorded->tainted) return true;
  return std::any_of(action.guard.begin(), action.guard.end(),
                     [&](const OutputRef& ref) { return !RanWith(*recorded, ref, outputs); });
}

Step WithConsumedOutputs(const Step& step, const OutputsByStep& outputs) {
  Step result = step;
  for (const OutputRef& ref : step.consumes) {
    result.inputs.push_back({ref.InputName(), CurrentDigest(ref, outputs), "(outputs)", false});
  }
  std::sort(result.inputs.begin(), result.inputs.end(),
            [](const Input& a, const Input& b) { return a.name < b.name; });
  return result;
}

}  // namespace gitops

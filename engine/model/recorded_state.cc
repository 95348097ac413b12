#include "engine/model/recorded_state.h"

namespace gitops {

const RecordedStep* RecordedState::Find(const StepAddress& address) const {
  for (const RecordedStep& step : steps) {
    if (step.step.address == address) return &step;
  }
  return nullptr;
}

}  // namespace gitops

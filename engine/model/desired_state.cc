#include "engine/model/desired_state.h"

#include "engine/base/digest.h"

namespace gitops {

std::string DesiredState::Digest() const {
  DigestBuilder digest;
  digest.Add(provider);
  for (const Step& step : steps) {
    digest.Add(step.address.ToString()).Add(step.driver);
    digest.Add(static_cast<std::int64_t>(step.inputs.size()));
    for (const Input& input : step.inputs) digest.Add(input.name).Add(input.digest);
  }
  return digest.Hex();
}

const Step* DesiredState::Find(const StepAddress& address) const {
  for (const Step& step : steps) {
    if (step.address == address) return &step;
  }
  return nullptr;
}

}  // namespace gitops

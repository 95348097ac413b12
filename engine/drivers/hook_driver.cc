#include "engine/drivers/hook_driver.h"

#include "engine/drivers/step_parameters.h"

namespace gitops {

Result<ObservedStep> HookDriver::Observe(const StepContext&, std::stop_token) {
  ObservedStep observed;
  observed.detail = "what a hook did cannot be observed";
  return observed;
}

Result<Outputs> HookDriver::Apply(const StepContext& context, std::stop_token stop) {
  HookRequest request;
  request.hook = Parameter(context.step, "hook");
  request.script = Parameter(context.step, "script");
  request.timeout = context.timeout;
  RETURN_IF_ERROR(runner_.Run(context, request, std::move(stop)));
  return Outputs{};
}

Status HookDriver::Destroy(const StepContext&, std::stop_token) { return {}; }

}  // namespace gitops

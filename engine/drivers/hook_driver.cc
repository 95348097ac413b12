#include "engine/drivers/hook_driver.h"

#include "engine/drivers/app_directories.h"
#include "engine/drivers/host_record.h"
#include "engine/drivers/step_parameters.h"

namespace gitops {
namespace {

constexpr std::string_view kTeardown = "teardown";

}  // namespace

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
  const bool is_teardown = request.hook == kTeardown;
  if (is_teardown) {
    ASSIGN_OR_RETURN(const bool gone, IsHostGone(context));
    if (gone) {
      context.log.Note("the host is gone; there is nothing to tear down");
      return Outputs{};
    }
  }
  const Status status = runner_.Run(context, request, std::move(stop));
  if (!status && is_teardown && status.error().kind == ErrorKind::kNotFound) {
    context.log.Note("the teardown script is gone; going on without it");
    return Outputs{};
  }
  if (!status) return status.error();
  return Outputs{};
}

Result<bool> HookDriver::IsHostGone(const StepContext& context) const {
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const auto record, ReadHostRecord(directories.host_record));
  return !record.has_value();
}

Status HookDriver::Destroy(const StepContext&, std::stop_token) { return {}; }

}  // namespace gitops

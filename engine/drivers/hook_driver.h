// HookDriver (`hook`): runs setup and configure. What a script did cannot be observed or undone:
// its journal tells the first, the teardown script of the step `files` does the second. Stateless.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/hook_runner.h"
#include "engine/drivers/local_options.h"

namespace gitops {

/// Parameters of the step: `hook` (its name), `script` (path from the app's directory).
class HookDriver : public Driver {
 public:
  explicit HookDriver(const LocalOptions& options) : runner_(options) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  HookRunner runner_;
};

}  // namespace gitops

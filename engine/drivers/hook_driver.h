// HookDriver (`hook`): runs setup, configure and teardown. What a script did cannot be observed or
// undone: the journal tells the first, the app's teardown script does the second. Stateless.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/hook_runner.h"
#include "engine/drivers/local_options.h"

namespace gitops {

/// Parameters of the step: `hook` (its name), `script` (path from the app's directory). A teardown
/// whose script or host is gone has nothing left to do and succeeds.
class HookDriver : public Driver {
 public:
  explicit HookDriver(const LocalOptions& options) : options_(options), runner_(options) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  Result<bool> IsHostGone(const StepContext& context) const;

  LocalOptions options_;
  HookRunner runner_;
};

}  // namespace gitops

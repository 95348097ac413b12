// HealthcheckDriver (`healthcheck`): runs an app's health check script and its declared probes
// until they are content, or says what is wrong. Waits on the Sleeper only. Stateless.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/hook_runner.h"
#include "engine/drivers/local_options.h"

namespace gitops {

/// Parameters of the step: `script` (optional), `attempts` (default 30) and `interval_ms` (default
/// 1,000): the script is tried again until attempts × interval have passed.
class HealthcheckDriver : public Driver {
 public:
  explicit HealthcheckDriver(const LocalOptions& options) : options_(options), runner_(options) {}

  /// Tries each declared http and tcp probe once: they only ask. Scripts are not run, since nothing
  /// says what else they do.
  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  /// Errors: kInvalid (unhealthy), kCancelled.
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  Status CheckScript(const StepContext& context, const std::string& script,
                     std::stop_token stop) const;
  Status CheckProbe(const StepContext& context, const HealthProbe& probe,
                    std::stop_token stop) const;
  Status TryProbe(const StepContext& context, const HealthProbe& probe, std::stop_token stop) const;
  bool IsOver(const StepContext& context, MonotonicTime begin) const;

  LocalOptions options_;
  HookRunner runner_;
};

}  // namespace gitops

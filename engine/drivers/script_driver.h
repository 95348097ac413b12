// ScriptDriver (`script`): runs a script that a pattern brings, with the pattern's variables, on a
// `local` host. Stateless.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/local_options.h"

namespace gitops {

/// Parameters of the step: `script` (path in the pattern), `destroy` (path of the script that
/// undoes it; optional), `variables.<name>` (reach the scripts as TFGRID_VAR_<NAME>).
class ScriptDriver : public Driver {
 public:
  explicit ScriptDriver(const LocalOptions& options) : options_(options) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  Status Run(const StepContext& context, const std::string& script, std::stop_token stop) const;

  LocalOptions options_;
};

}  // namespace gitops

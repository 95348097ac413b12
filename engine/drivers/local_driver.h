// LocalDriver (`local`): this machine is the host. Makes an app's private directories and records
// the size it asked for; takes everything away again, processes included. Stateless.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/local_options.h"

namespace gitops {

class LocalDriver : public Driver {
 public:
  explicit LocalDriver(const LocalOptions& options) : options_(options) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  LocalOptions options_;
};

}  // namespace gitops

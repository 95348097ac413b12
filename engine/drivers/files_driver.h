// FilesDriver (`files`): an app's files on its host, exactly as its tree says. Stateless.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/local_options.h"

namespace gitops {

/// Parameters of the step: `manifest` (name of the manifest's file, left out), `env_file` (path,
/// also placed as `.env`), `hooks` (paths, one a line: placed, but compared by their own steps).
class FilesDriver : public Driver {
 public:
  explicit FilesDriver(const LocalOptions& options) : options_(options) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  LocalOptions options_;
};

}  // namespace gitops

#include "engine/drivers/local_registry.h"

#include "engine/drivers/files_driver.h"
#include "engine/drivers/healthcheck_driver.h"
#include "engine/drivers/hook_driver.h"
#include "engine/drivers/local_driver.h"
#include "engine/drivers/script_driver.h"

namespace gitops {

void AddLocalDrivers(DriverRegistry& registry, const LocalOptions& options) {
  registry.Add("local", std::make_unique<LocalDriver>(options));
  registry.Add("files", std::make_unique<FilesDriver>(options));
  registry.Add("hook", std::make_unique<HookDriver>(options));
  registry.Add("healthcheck", std::make_unique<HealthcheckDriver>(options));
  registry.Add("script", std::make_unique<ScriptDriver>(options));
}

}  // namespace gitops

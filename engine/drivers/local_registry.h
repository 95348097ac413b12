// Fills a registry with the drivers of the provider `local`.
#pragma once

#include "engine/drivers/driver.h"
#include "engine/drivers/local_options.h"

namespace gitops {

/// Adds `local`, `files`, `hook`, `healthcheck` and `script`.
void AddLocalDrivers(DriverRegistry& registry, const LocalOptions& options);

}  // namespace gitops

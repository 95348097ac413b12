// How an app's programs are confined on this machine: the policy of its environment, the limits,
// its user and its directories, as a Confinement. Stateless.
#pragma once

#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_user.h"
#include "engine/drivers/local_options.h"
#include "engine/os/process.h"

namespace gitops {

/// Puts into `spec` what holds for every program of the app: user, view, limits, umask.
void Confine(ProcessSpec& spec, const LocalOptions& options, const AppId& app,
             const AppDirectories& directories, const AppUser& user);

/// What to say when a program failed because of a limit; "" when that is not known.
std::string LimitReached(const ProcessResult& result, const AppLimits& limits);

}  // namespace gitops

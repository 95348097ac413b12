// How an app's programs are confined on this machine: the policy of its environment, the limits,
// its user and its directories, as a Confinement. Stateless.
#pragma once

#include <optional>

#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_user.h"
#include "engine/drivers/local_options.h"
#include "engine/os/process.h"

namespace gitops {

/// Puts into `spec` what holds for every program of the app: user, view, limits, umask.
void Confine(ProcessSpec& spec, const LocalOptions& options, const AppId& app,
             const AppDirectories& directories, const AppUser& user);

/// The control group of the app, which may not be there; null where the machine has none.
std::optional<ControlGroup> ControlGroupOf(const LocalOptions& options, const AppId& app,
                                           const AppDirectories& directories);

/// What the control group of a run says when a program has ended.
struct GroupFindings {
  bool refused = false;        ///< A process could not be started.
  bool out_of_memory = false;  ///< A process was ended because the app's memory was used up.
};

/// What to say when a program failed because of a limit; "" when that is not known.
std::string LimitReached(const ProcessResult& result, const AppLimits& limits,
                         const GroupFindings& group);

}  // namespace gitops

// RestartNeeded: what a reload cannot change. A daemon follows its configuration in almost
// everything; the rest is said, so that nobody believes in a value that is not in force. Pure.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/model/config.h"

namespace gitops {

/// A warning for each key that is only read when the daemon starts and that says something else now
/// than `started`, the configuration of its start, did. The state's place is not among them: a
/// configuration that moves it is refused.
Diagnostics RestartNeeded(const Config& started, const Config& now);

}  // namespace gitops

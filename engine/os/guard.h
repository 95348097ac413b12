// Guard: a small process between the engine and one child at a time. What the child starts and lets
// go of falls to the guard (PR_SET_CHILD_SUBREAPER), so it can end all of it: when it is told to,
// and when the engine is gone. Forked by the warden; one thread.
#pragma once

#include "engine/os/unique_fd.h"

namespace gitops {

/// Becomes a guard. `control` is a connection to the engine: requests and orders come in, news go
/// out (child_wire.h). It takes another child only when nothing is left of the one before, and ends
/// otherwise.
[[noreturn]] void RunGuard(UniqueFd control);

/// Ends everything that this process started, directly or not, and waits until it is over. Returns
/// how many processes that were, or -1 when some cannot be ended.
int EndDescendants();

}  // namespace gitops

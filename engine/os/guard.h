// Guard: a small process between the engine and one child. What the child starts and lets go of
// falls to the guard (PR_SET_CHILD_SUBREAPER), so it can end all of it: when it is told to, and
// when the engine is gone. Forked by the warden; one thread.
#pragma once

#include "engine/os/child_start.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// Becomes the guard of the child that `spec` (the bytes of EncodeSpec, an open file) describes.
/// `control` is a connection to the engine: news go out, orders come in (child_wire.h).
[[noreturn]] void RunGuard(UniqueFd control, UniqueFd spec, UniqueFd streams[3]);

/// Ends everything that this process started, directly or not, and waits until it is over. Returns
/// how many processes that were, or -1 when some cannot be ended.
int EndDescendants();

}  // namespace gitops

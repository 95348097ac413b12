// The child's half of Confinement: called between vfork and exec, on the parent's memory, which it
// only reads. Async-signal-safe. Each function says what failed by errno. Used by child_start
// alone.
#pragma once

#include <sys/resource.h>

#include "engine/os/confinement.h"

namespace gitops {

/// Lowers a limit to `value`, soft and hard; 0 leaves it.
bool LowerLimit(int resource, std::int64_t value);

/// Joins control groups, offers itself when memory is short, sets limits.
bool EnterLimits(const Confinement& confinement);

/// Makes the private view.
bool EnterView(const PrivateView& view);

/// Makes the directory `target`, in a view, and shows `source` there.
bool ShowAt(const char* source, const char* target);

/// Becomes the other user, for good, and renounces new privileges.
bool DropRights(const Confinement& confinement);

}  // namespace gitops

// Starting a child: everything between "here is a specification" and "it runs", without copying the
// parent's memory (vfork), so that the cost does not grow with the heap. Used by PosixProcessRunner
// alone. Thread-safe.
#pragma once

#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/os/process.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// The descriptors that become the child's 0, 1 and 2; -1 gives /dev/null or, when the child is
/// interactive, the parent's own.
struct ChildStreams {
  int input = -1;
  int output = -1;
  int error = -1;
};

/// Starts a child as the leader of its own session (interactive: of its own process group) and
/// returns its process id once exec has succeeded. The child has default signal handlers, an empty
/// signal mask and descriptors 0 to 2 only. Errors as ProcessRunner::Run.
Result<pid_t> StartChild(const ProcessSpec& spec, const ChildStreams& streams);

}  // namespace gitops

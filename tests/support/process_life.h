// Whether a process that a test has started is still there.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "engine/os/process_table.h"

namespace gitops {

/// False for one that is over and only waits to be collected.
inline bool Lives(pid_t pid) {
  const auto entry = ReadProcess(pid);
  return entry && !entry->IsOver();
}

/// Waits for its end, 10 s at most: a kill is on its way, but nothing tells when it arrives.
inline bool EndsSoon(pid_t pid) {
  for (int i = 0; i < 1000 && Lives(pid); ++i) usleep(10'000);
  return !Lives(pid);
}

/// Waits as long until it is collected, too, by a parent that does so: only then are all of its
/// files closed, since threads (those of a sanitizer) may outlive its first one.
inline bool IsGoneSoon(pid_t pid) {
  for (int i = 0; i < 1000 && kill(pid, 0) == 0; ++i) usleep(10'000);
  return kill(pid, 0) != 0;
}

}  // namespace gitops

// The processes of this machine, as /proc shows them. Stateless.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

namespace gitops {

struct ProcessEntry {
  pid_t pid = 0;
  char state = '?';  ///< Of proc(5): R, S, D, T, Z, …
  pid_t parent = 0;
  pid_t session = 0;

  /// It has ended; only its parent has not taken notice yet.
  bool IsOver() const { return state == 'Z' || state == 'X'; }
};

/// One process; nullopt when there is none with this id (any more).
std::optional<ProcessEntry> ReadProcess(pid_t pid);

/// The ids of all processes but the first one.
std::vector<pid_t> ListProcesses();

/// All that `ancestor` started, and what those started, without those that are over.
std::vector<pid_t> ListDescendants(pid_t ancestor);

}  // namespace gitops

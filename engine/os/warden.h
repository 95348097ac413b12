// Warden: a process that is forked from the engine while it is still small, and forks a guard
// (guard.h) for each child that needs one: the cost of that does not grow with the engine, and the
// guard outlives a killed engine. The handle is thread-safe; its process ends with it.
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "engine/os/child_start.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// A child that a guard has started.
struct GuardedStart {
  pid_t child = 0;
  pid_t guard = 0;
  UniqueFd control;  ///< To the guard; closing it ends the child and all it started.
};

class Warden {
 public:
  /// Forks the process. REQUIRES: few threads and little memory, so early. Errors: kTransient.
  static Result<std::unique_ptr<Warden>> Start();

  ~Warden();
  Warden(const Warden&) = delete;
  Warden& operator=(const Warden&) = delete;

  /// As StartChild of child_start.h, with a guard between. Errors: the same, and kTransient (the
  /// warden is gone or does not answer).
  Result<GuardedStart> StartGuarded(const ProcessSpec& spec, const ChildStreams& streams) const;

 private:
  Warden(UniqueFd connection, pid_t pid) : connection_(std::move(connection)), pid_(pid) {}

  UniqueFd connection_;
  pid_t pid_;
};

}  // namespace gitops

// Warden: a process that is forked from the engine while it is still small, and forks guards
// (guard.h) for children that need one: the cost of that does not grow with the engine, and a guard
// outlives a killed engine. A guard whose child has left nothing serves again. The handle is
// thread-safe; its process and the guards that wait end with it.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/base/result.h"
#include "engine/os/child_start.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// A guard, and the connection to it: closing that ends its child and all that this started.
struct GuardHandle {
  pid_t pid = 0;
  UniqueFd control;
};

/// A child that a guard has started.
struct GuardedStart {
  pid_t child = 0;
  GuardHandle guard;
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

  /// Takes back a guard that was told to let go of its child.
  void TakeBack(GuardHandle guard) const;

 private:
  Warden(UniqueFd connection, pid_t pid) : connection_(std::move(connection)), pid_(pid) {}

  Result<GuardHandle> MakeGuard() const;
  /// One that waits, and is certain to have nobody; none when all are busy.
  std::optional<GuardHandle> TakeIdle() const;

  UniqueFd connection_;
  pid_t pid_;
  mutable std::mutex mutex_;  ///< Guards released_.
  /// The oldest first: most of them wait, the others end as their child has left something.
  mutable std::deque<GuardHandle> released_;
};

}  // namespace gitops

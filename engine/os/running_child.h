// RunningChild: a child from its start to the moment its id is given back, whether this process
// started it or a guard did. One owner.
#pragma once

#include <sys/types.h>

#include <array>
#include <memory>

#include "engine/base/result.h"
#include "engine/os/child_start.h"
#include "engine/os/nursery.h"
#include "engine/os/warden.h"

namespace gitops {

/// How a child ended.
struct ChildEnd {
  int exit_code = -1;  ///< -1 when a signal ended it.
  int signal = 0;
};

enum class ChildState {
  kRuns,
  kStopped,  ///< By a signal; told once. Only of children that share the terminal.
  kOver,     ///< Ended; its id is still its own.
};

class RunningChild {
 public:
  virtual ~RunningChild() = default;

  /// Also the id of its process group.
  pid_t pid() const { return pid_; }
  /// Readable when Look may have something new to say; negative ones do not count.
  virtual std::array<int, 2> descriptors() const = 0;
  virtual ChildState Look() = 0;
  /// To the child's process group. REQUIRES: Finish was not called.
  virtual void Signal(int signal) = 0;

  struct Finished {
    ChildEnd end;
    int leftovers = 0;   ///< How many other processes had to be ended.
    bool stuck = false;  ///< Some of them cannot be ended.
  };
  /// Gives the child's id back. With `end_all` what it started is ended: its process group, or all
  /// of it where there is a guard. REQUIRES: Look said kOver.
  virtual Finished Finish(bool end_all) = 0;

 protected:
  explicit RunningChild(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

/// Starts a child of this process. With `watch_stops` Look tells kStopped.
Result<std::unique_ptr<RunningChild>> StartDirectly(const ProcessSpec& spec,
                                                    const ChildStreams& streams, bool watch_stops);

/// Has a child of this process made by a nursery.
Result<std::unique_ptr<RunningChild>> StartFromNursery(const Nursery& nursery,
                                                       const ProcessSpec& spec,
                                                       const ChildStreams& streams);

/// Starts a child under a guard.
Result<std::unique_ptr<RunningChild>> StartUnderGuard(const Warden& warden, const ProcessSpec& spec,
                                                      const ChildStreams& streams);

}  // namespace gitops

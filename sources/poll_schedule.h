// PollSchedule: when a source is polled next. Polls of many sources are spread evenly over their
// interval; a source that fails is tried again soon, and less and less often while it goes on
// failing. Pure: time and chance are arguments. One schedule for each source; not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>

#include "engine/base/clock.h"

namespace gitops {

class PollSchedule {
 public:
  /// `index`: the place of the source among all of them; decides where in the interval it is
  /// polled.
  PollSchedule(std::chrono::milliseconds interval, std::size_t index)
      : interval_(interval), index_(index) {}

  /// A look has ended well: the next poll is at the source's own place in the interval, at most one
  /// interval from now.
  MonotonicTime AfterSuccess(MonotonicTime now);

  /// A look has failed: 1 s after the first failure, then doubled up to 5 min, a quarter more or
  /// less by `jitter` in [0, 1).
  MonotonicTime AfterFailure(MonotonicTime now, double jitter);

  int failures() const { return failures_; }

 private:
  const std::chrono::milliseconds interval_;
  const std::size_t index_;
  int failures_ = 0;  ///< Since the last success.
};

/// The wait after so many failures, without jitter. REQUIRES: failures > 0.
std::chrono::milliseconds PollBackoff(int failures);

}  // namespace gitops

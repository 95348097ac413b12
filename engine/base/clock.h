// Clock: where time comes from. Wall time is for people and schedules, monotonic time for
// deadlines. The real one is engine/os/system_clock.h; tests and the simulator bring their own.
// Thread-safe.
#pragma once

#include <chrono>

namespace gitops {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

class Clock {
 public:
  virtual ~Clock() = default;

  /// Time of day, UTC. May jump in both directions.
  virtual WallTime Now() const = 0;

  /// Never goes back; also counts while the machine sleeps.
  virtual MonotonicTime MonotonicNow() const = 0;
};

}  // namespace gitops

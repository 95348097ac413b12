// SystemClock: the real Clock. Monotonic time is CLOCK_BOOTTIME, so deadlines also count the time
// in which the machine slept. Thread-safe, stateless.
#pragma once

#include "engine/base/clock.h"

namespace gitops {

class SystemClock : public Clock {
 public:
  WallTime Now() const override;
  MonotonicTime MonotonicNow() const override;
};

}  // namespace gitops

#include "engine/os/system_clock.h"

#include <ctime>

#include "engine/base/check.h"

namespace gitops {
namespace {

std::chrono::milliseconds Read(clockid_t id) {
  timespec time{};
  CHECK(clock_gettime(id, &time) == 0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

WallTime SystemClock::Now() const { return WallTime(Read(CLOCK_REALTIME)); }

MonotonicTime SystemClock::MonotonicNow() const { return MonotonicTime(Read(CLOCK_BOOTTIME)); }

}  // namespace gitops

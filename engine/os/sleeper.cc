#include "engine/os/sleeper.h"

#include <condition_variable>
#include <mutex>

namespace gitops {

bool SystemSleeper::Sleep(std::chrono::milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace gitops

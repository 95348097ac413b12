#include "engine/server/event_budget.h"

#include <utility>

namespace gitops {

std::optional<std::uint64_t> EventBudget::Take(const std::string& source, MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  Window& window = windows_[source];
  if (window.taken == 0 || now - window.begin >= std::chrono::minutes(1)) {
    window.begin = now;
    window.taken = 0;
  }
  if (window.taken >= each_minute_) {
    ++window.held_back;
    return std::nullopt;
  }
  ++window.taken;
  return std::exchange(window.held_back, 0);
}

}  // namespace gitops

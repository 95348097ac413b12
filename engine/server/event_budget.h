// EventBudget: how many events of one kind a source may write in a minute, so that a flood of
// deliveries does not push everything else out of the log of events. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/clock.h"

namespace gitops {

class EventBudget {
 public:
  explicit EventBudget(int each_minute) : each_minute_(each_minute) {}

  /// nullopt: no event now. Else how many were held back since the last one that was written.
  std::optional<std::uint64_t> Take(const std::string& source, MonotonicTime now);

 private:
  struct Window {
    MonotonicTime begin{};
    int taken = 0;
    std::uint64_t held_back = 0;
  };

  const int each_minute_;
  std::mutex mutex_;
  std::map<std::string, Window> windows_;  ///< One for each configured source.
};

}  // namespace gitops

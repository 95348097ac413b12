// Sleeper: how code waits. A seam beside Clock, so that tests with a fake clock never sleep for
// real. Thread-safe.
#pragma once

#include <chrono>
#include <stop_token>

namespace gitops {

class Sleeper {
 public:
  virtual ~Sleeper() = default;

  /// Waits for `duration`. True when it passed, false as soon as a stop is requested.
  virtual bool Sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

/// Really waits, on a condition variable.
class SystemSleeper : public Sleeper {
 public:
  bool Sleep(std::chrono::milliseconds duration, std::stop_token stop) override;
};

}  // namespace gitops

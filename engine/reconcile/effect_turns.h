// EffectTurns: how many may change their apps at once. What std::unique_lock can hold; thread-safe.
#pragma once

#include <semaphore>

namespace gitops {

class EffectTurns {
 public:
  /// REQUIRES: count > 0.
  explicit EffectTurns(int count) : free_(count) {}

  // The names that std::unique_lock expects.
  void lock() { free_.acquire(); }
  void unlock() { free_.release(); }

 private:
  std::counting_semaphore<> free_;
};

}  // namespace gitops

// WriterTurn: one writer at a time, as a mutex that can be waited for with a limit. (A
// std::timed_mutex would do, but ThreadSanitizer does not see through its clock.) Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace gitops {

class WriterTurn {
 public:
  // The names that std::unique_lock expects.
  void lock() {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return !taken_; });
    taken_ = true;
  }
  /// False when it was not free within `patience`.
  bool try_lock_for(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!free_.wait_for(lock, patience, [this] { return !taken_; })) return false;
    taken_ = true;
    return true;
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      taken_ = false;
    }
    free_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
};

}  // namespace gitops

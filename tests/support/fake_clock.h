// FakeClock: time that only moves when a test says so, for Clock and Sleeper. A Sleep ends when
// Advance reaches it; in automatic mode each Sleep moves the time itself and returns at once.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "engine/base/clock.h"
#include "engine/os/sleeper.h"

namespace gitops {

class FakeClock : public Clock, public Sleeper {
 public:
  /// 2026-11-21T00:00:00Z unless told otherwise.
  explicit FakeClock(WallTime now = WallTime(std::chrono::milliseconds(1'795'219'200'000)))
      : wall_(now) {}

  WallTime Now() const override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }

  MonotonicTime MonotonicNow() const override {
    const std::lock_guard lock(mutex_);
    return monotonic_;
  }

  bool Sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    sleeps_.push_back(duration);
    if (automatic_) {
      Move(duration);
      return !stop.stop_requested();
    }
    const MonotonicTime end = monotonic_ + duration;
    ++waiters_;
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return monotonic_ >= end; });
    --waiters_;
    return !stop.stop_requested();
  }

  /// Moves both times and wakes the sleepers whose time has come.
  void Advance(std::chrono::milliseconds duration) {
    const std::lock_guard lock(mutex_);
    Move(duration);
  }

  /// Moves only the time of day, in either direction.
  void JumpWallTime(std::chrono::milliseconds by) {
    const std::lock_guard lock(mutex_);
    wall_ += by;
  }

  void SetAutomatic(bool automatic) {
    const std::lock_guard lock(mutex_);
    automatic_ = automatic;
  }

  /// Blocks until `count` threads sleep.
  void AwaitWaiters(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiters_ >= count; });
  }

  /// Everything that was asked of Sleep so far.
  std::vector<std::chrono::milliseconds> Sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
  }

 private:
  void Move(std::chrono::milliseconds duration) {
    wall_ += duration;
    monotonic_ += duration;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  WallTime wall_;
  MonotonicTime monotonic_{std::chrono::milliseconds(1'000'000)};
  bool automatic_ = false;
  int waiters_ = 0;
  std::vector<std::chrono::milliseconds> sleeps_;
};

}  // namespace gitops

// WakeWorker: a thread that does one round of something, sleeps until the next is due or somebody
// wakes it, and so on. For what nobody waits for: notifications, traces.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gitops {

class WakeWorker {
 public:
  /// One round; returns how long to sleep after it.
  using Round = std::function<std::chrono::milliseconds(const std::stop_token&)>;

  /// The first round begins at once.
  explicit WakeWorker(Round round);
  /// Asks the round that is under way to stop, and waits for it.
  ~WakeWorker();
  WakeWorker(const WakeWorker&) = delete;
  WakeWorker& operator=(const WakeWorker&) = delete;

  /// There is something to do; a round that is under way is followed by another one. Never blocks.
  void Wake();

 private:
  void Work(const std::stop_token& stop);

  const Round round_;
  std::mutex mutex_;  ///< Guards `woken_`.
  std::condition_variable_any changed_;
  bool woken_ = false;
  std::jthread thread_;  ///< Last: it uses everything above.
};

}  // namespace gitops

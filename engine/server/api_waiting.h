// ApiWaiting: requests that are answered when something has happened, or after a while without it.
// One thread looks after all of them. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/base/clock.h"
#include "engine/server/server_threads.h"

namespace gitops {

class ApiWaiting {
 public:
  /// As many may wait at once; one more is answered without waiting.
  static constexpr std::size_t kMost = 500;

  struct Wait {
    MonotonicTime until{};
    std::function<bool()> is_ready;  ///< Quick; called often.
    std::function<void()> answer;    ///< Called once; quick.
  };

  explicit ApiWaiting(const Clock& clock);
  ~ApiWaiting() { Stop(); }
  ApiWaiting(const ApiWaiting&) = delete;
  ApiWaiting& operator=(const ApiWaiting&) = delete;

  void Add(Wait wait);
  /// Something has happened: all are looked at now.
  void Poke();
  /// Forgets all that wait. Not to be called by a wait.
  void Stop();

 private:
  void Work();

  const Clock& clock_;
  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::vector<Wait> joining_;
  std::size_t count_ = 0;
  bool poked_ = false;
  bool ending_ = false;
  ServerThreads thread_;  ///< Last: it uses the rest.
};

}  // namespace gitops

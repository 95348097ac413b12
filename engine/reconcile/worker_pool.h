// WorkerPool: the one place that makes threads. A pool lives as long as one call: threads are
// joined before it returns, so nothing of a pass outlives the pass.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

namespace gitops {

/// Calls `work(i)` for every i in [0, count), with at most `threads` calls at once, in order of i
/// as far as there is a free thread. With one thread (or one item) everything runs on the calling
/// thread. Items not yet begun when `stop` is requested are left out; `work` must not throw.
void RunParallel(std::size_t count, int threads, std::stop_token stop,
                 const std::function<void(std::size_t)>& work);

/// Runs each of `bodies` on a thread of its own while `body` runs on the calling thread; returns
/// when all have ended. What makes the bodies end is up to `body`. None of them may throw.
void RunBeside(const std::vector<std::function<void()>>& bodies, const std::function<void()>& body);

/// Feeds work to threads as it becomes ready. All methods are called under the pool's lock, one at
/// a time, except Run.
class WorkFeed {
 public:
  static constexpr std::size_t kNothingReady = static_cast<std::size_t>(-1);

  virtual ~WorkFeed() = default;
  /// Takes the next item that may run now, or kNothingReady.
  virtual std::size_t Take() = 0;
  /// True when no item is left to take, now or later.
  virtual bool Exhausted() const = 0;
  /// The item that Take gave ended.
  virtual void Finish(std::size_t item) = 0;
  /// Does the work. Called without the lock, by several threads at once.
  virtual void Run(std::size_t item) = 0;
};

/// Runs a feed to its end with at most `threads` items at once. Nothing is taken after `stop` is
/// requested. A feed that is neither exhausted nor ready nor running is a bug (CHECK).
void RunFeed(WorkFeed& feed, int threads, std::stop_token stop);

}  // namespace gitops

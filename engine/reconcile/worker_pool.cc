#include "engine/reconcile/worker_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/check.h"

namespace gitops {
namespace {

/// The threads of one call; joins them when it goes.
class Crew {
 public:
  Crew(std::size_t threads, const std::function<void()>& body) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([&body]() noexcept { body(); });
  }
  explicit Crew(const std::vector<std::function<void()>>& bodies) {
    for (const auto& body : bodies) threads_.emplace_back([&body]() noexcept { body(); });
  }
  ~Crew() {
    for (std::thread& thread : threads_) thread.join();
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

 private:
  std::vector<std::thread> threads_;
};

std::size_t CrewSize(int threads, std::size_t most) {
  return std::min(static_cast<std::size_t>(std::max(1, threads)), most);
}

}  // namespace

void RunParallel(std::size_t count, int threads, std::stop_token stop,
                 const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const std::function<void()> body = [&] {
    while (!stop.stop_requested()) {
      const std::size_t item = next.fetch_add(1);
      if (item >= count) return;
      work(item);
    }
  };
  const std::size_t crew_size = CrewSize(threads, count);
  if (crew_size <= 1) {
    body();
    return;
  }
  const Crew crew(crew_size - 1, body);
  body();
}

void RunBeside(const std::vector<std::function<void()>>& bodies,
               const std::function<void()>& body) {
  const Crew crew(bodies);
  body();
}

void RunFeed(WorkFeed& feed, int threads, std::stop_token stop) {
  std::mutex mutex;  // Guards `feed` (but Run), `running`.
  std::condition_variable_any changed;
  int running = 0;

  const std::function<void()> body = [&] {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested() && !feed.Exhausted()) {
      const std::size_t item = feed.Take();
      if (item == WorkFeed::kNothingReady) {
        CHECK(running > 0);
        changed.wait(lock);
        continue;
      }
      ++running;
      lock.unlock();
      feed.Run(item);
      lock.lock();
      --running;
      feed.Finish(item);
      changed.notify_all();
    }
    changed.notify_all();
  };
  const Crew crew(CrewSize(threads, 1024) - 1, body);
  body();
}

}  // namespace gitops

#include "engine/reconcile/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <vector>

#include "engine/reconcile/app_graph.h"

namespace gitops {
namespace {

TEST(WorkerPoolTest, EveryItemRunsOnce) {
  std::vector<std::atomic<int>> runs(100);
  RunParallel(100, 4, {}, [&](std::size_t i) { ++runs[i]; });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(WorkerPoolTest, ThreadsReallyRunAtTheSameTime) {
  std::barrier together(3);  // Ends only when three items wait in it at once.
  std::atomic<int> passed{0};
  RunParallel(3, 3, {}, [&](std::size_t) {
    together.arrive_and_wait();
    ++passed;
  });
  EXPECT_EQ(passed, 3);
}

TEST(WorkerPoolTest, NothingIsBegunAfterAStop) {
  std::stop_source stop;
  std::atomic<int> runs{0};
  RunParallel(100, 1, stop.get_token(), [&](std::size_t) {
    if (++runs == 3) stop.request_stop();
  });
  EXPECT_EQ(runs, 3);
}

class OrderedFeed : public WorkFeed {
 public:
  explicit OrderedFeed(std::vector<std::vector<std::size_t>> waits_for)
      : order_(std::move(waits_for)) {}
  std::size_t Take() override { return order_.Take().value_or(kNothingReady); }
  bool Exhausted() const override { return order_.Exhausted(); }
  void Finish(std::size_t item) override { order_.Finish(item); }
  void Run(std::size_t item) override {
    const std::lock_guard lock(mutex_);
    ran.push_back(item);
  }
  std::vector<std::size_t> ran;

 private:
  AppOrder order_;
  std::mutex mutex_;
};

TEST(WorkerPoolTest, AFeedRunsItsItemsInTheirOrder) {
  OrderedFeed chain({{1}, {2}, {3}, {}});
  RunFeed(chain, 4, {});
  EXPECT_EQ(chain.ran, (std::vector<std::size_t>{3, 2, 1, 0}));
}

TEST(WorkerPoolTest, AStoppedFeedTakesNothingMore) {
  std::stop_source stop;
  stop.request_stop();
  OrderedFeed feed({{}, {}});
  RunFeed(feed, 2, stop.get_token());
  EXPECT_TRUE(feed.ran.empty());
}

}  // namespace
}  // namespace gitops

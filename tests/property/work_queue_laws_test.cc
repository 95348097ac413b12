// Laws of the work queue over random histories: nothing asked for is lost, N requests during one
// piece of work make one more, never two at once, and everything ends.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "engine/reconcile/work_queue.h"

namespace gitops {
namespace {

constexpr int kHistories = 400;
constexpr int kSteps = 300;

MonotonicTime At(int ms) { return MonotonicTime(std::chrono::milliseconds(ms)); }

/// What has to hold of one key.
struct Expected {
  long last_asked = 0;        ///< Moment of the newest request, counted over the history.
  long newest_start = 0;      ///< Moment of the newest start.
  long asks_since_start = 0;  ///< Requests since that start.
  bool running = false;
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed), queue_(1 + Below(4), 1 + Below(3)) {}

  void Play() {
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) {
      ++moment_;
      now_ += static_cast<int>(Below(20));
      switch (Below(4)) {
        case 0:
          Take();
          break;
        case 1:
          FinishOne();
          break;
        default:
          Ask();
      }
    }
    DrainAll();
    for (const auto& [key, expected] : keys_) {
      EXPECT_GE(expected.newest_start, expected.last_asked) << key << ": a request was lost";
    }
    EXPECT_EQ(queue_.Waiting(At(now_)), 0U);
    EXPECT_EQ(queue_.Later(At(now_)), 0U);
    EXPECT_EQ(queue_.running(), 0U);
  }

 private:
  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }
  std::string AnyKey() { return "k" + std::to_string(Below(6)); }

  void Ask() {
    const std::string key = AnyKey();
    std::vector<std::string> after;
    while (Below(3) == 0) after.push_back(AnyKey());
    const int due = now_ + (Below(2) == 0 ? 0 : static_cast<int>(Below(60)));
    queue_.Add(key, "g" + key.substr(1, 1).substr(0, Below(2)), At(due), after);
    Expected& expected = keys_[key];
    expected.last_asked = ++moment_;
    ++expected.asks_since_start;
  }

  bool Take() {
    const auto taken = queue_.Take(At(now_));
    if (!taken) return false;
    Expected& expected = keys_[taken->key];
    EXPECT_FALSE(expected.running) << taken->key << " is worked on twice at once";
    EXPECT_GT(expected.asks_since_start, 0) << taken->key << ": nobody asked for this";
    EXPECT_LE(taken->ready, At(now_));
    expected.running = true;
    expected.newest_start = ++moment_;
    expected.asks_since_start = 0;
    running_.insert(taken->key);
    return true;
  }

  void FinishOne() {
    if (running_.empty()) return;
    auto at = running_.begin();
    std::advance(at, static_cast<long>(Below(running_.size())));
    const std::string key = *at;
    running_.erase(at);
    keys_[key].running = false;
    EXPECT_EQ(queue_.Finish(key, At(now_)), keys_[key].asks_since_start > 0);
  }

  void DrainAll() {
    for (int turn = 0; turn < 200; ++turn) {
      now_ += 100;
      while (Take()) {
      }
      while (!running_.empty()) FinishOne();
      ++moment_;
    }
  }

  std::mt19937 random_;
  WorkQueue queue_;
  int now_ = 0;
  long moment_ = 0;
  std::map<std::string, Expected> keys_;
  std::set<std::string> running_;
};

TEST(WorkQueueLawsTest, NothingIsLostDoneTwiceOrStuck) {
  for (unsigned seed = 1; seed <= kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).Play();
  }
}

}  // namespace
}  // namespace gitops

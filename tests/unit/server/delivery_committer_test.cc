#include "engine/server/delivery_committer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "engine/server/event_budget.h"
#include "tests/unit/server/webhook_world.h"

namespace gitops {
namespace {

NewDelivery Fresh(const std::string& id) {
  NewDelivery fresh;
  fresh.delivery.source = "apps";
  fresh.delivery.provider = "github";
  fresh.delivery.delivery_id = id;
  fresh.delivery.outcome = DeliveryOutcome::kAccepted;
  return fresh;
}

TEST(DeliveryCommitterTest, WhatWaitsTogetherIsOneTransaction) {
  TempStore store;
  GatedDeliveryStore gated(store.deliveries());
  gated.Close();
  std::atomic<int> done = 0;
  {
    DeliveryCommitter committer(gated);
    const auto count = [&done](const Result<DeliveryReceipt>& receipt) {
      if (receipt) ++done;
    };
    ASSERT_TRUE(committer.Submit(Fresh("first"), count));
    gated.AwaitCall();
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(committer.Submit(Fresh("d-" + std::to_string(i)), count));
    }
    EXPECT_EQ(done, 0) << "nothing is answered before it is durable";
    gated.Open();
  }
  EXPECT_EQ(done, 101) << "what waits is recorded before the committer ends";
  EXPECT_EQ(gated.batches(), (std::vector<std::size_t>{1, 100}));
  EXPECT_EQ(store.deliveries().LoadSourceRequest("apps")->asked, 101U);
}

TEST(DeliveryCommitterTest, TheQueueIsBounded) {
  TempStore store;
  GatedDeliveryStore gated(store.deliveries());
  gated.Close();
  DeliveryCommitter committer(gated, {.waiting = 3, .batch = 2, .slow_waiting = 1});
  ASSERT_TRUE(committer.Submit(Fresh("0"), [](const auto&) {}));
  gated.AwaitCall();
  for (const char* id : {"1", "2", "3"}) {
    EXPECT_TRUE(committer.Submit(Fresh(id), [](const auto&) {}));
  }
  EXPECT_FALSE(committer.Submit(Fresh("4"), [](const auto&) { FAIL() << "never taken"; }));
  gated.Open();
}

TEST(DeliveryCommitterTest, AFailureReachesEachOfTheBatch) {
  TempStore store;
  GatedDeliveryStore gated(store.deliveries());
  gated.FailWith(MakeError(ErrorKind::kTransient, "disk full"));
  std::atomic<int> failed = 0;
  {
    DeliveryCommitter committer(gated);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(committer.Submit(Fresh("d"), [&failed](const Result<DeliveryReceipt>& receipt) {
        if (!receipt) ++failed;
      }));
    }
  }
  EXPECT_EQ(failed, 3);
}

TEST(DeliveryCommitterTest, WhoWaitedBehindALockedStateDoesNotWaitAgain) {
  TempStore store;
  GatedDeliveryStore gated(store.deliveries());
  gated.Close();
  gated.FailWith(MakeError(ErrorKind::kConflict, "the state database is busy"));
  std::atomic<int> failed = 0;
  std::latch answered(4);
  const auto count = [&](const Result<DeliveryReceipt>& receipt) {
    if (!receipt) ++failed;
    answered.count_down();
  };
  DeliveryCommitter committer(gated, {.waiting = 8, .batch = 1, .slow_waiting = 1});
  ASSERT_TRUE(committer.Submit(Fresh("first"), count));
  gated.AwaitCall();
  for (const char* id : {"1", "2", "3"}) ASSERT_TRUE(committer.Submit(Fresh(id), count));
  gated.Open();
  answered.wait();
  EXPECT_EQ(failed, 4);
  EXPECT_EQ(gated.batches().size(), 1U) << "the store was asked once";
}

TEST(DeliveryCommitterTest, SlowWorkDelaysNoDelivery) {
  TempStore store;
  DeliveryCommitter committer(store.deliveries(), {.waiting = 8, .batch = 8, .slow_waiting = 1});
  std::latch working(1);
  std::latch recorded(1);
  ASSERT_TRUE(committer.SubmitSlow([&] {
    working.count_down();
    recorded.wait();  // Only goes on when a delivery was recorded meanwhile.
  }));
  working.wait();
  EXPECT_TRUE(committer.SubmitSlow([] {}));
  EXPECT_FALSE(committer.SubmitSlow([] {})) << "one may wait";
  ASSERT_TRUE(committer.Submit(Fresh("d"), [&](const auto&) { recorded.count_down(); }));
  recorded.wait();
}

TEST(EventBudgetTest, WhatIsHeldBackIsCounted) {
  EventBudget budget(2);
  const MonotonicTime start{std::chrono::seconds(100)};
  EXPECT_EQ(budget.Take("a", start), 0U);
  EXPECT_EQ(budget.Take("a", start + std::chrono::seconds(59)), 0U);
  EXPECT_FALSE(budget.Take("a", start + std::chrono::seconds(59)));
  EXPECT_FALSE(budget.Take("a", start + std::chrono::seconds(59)));
  EXPECT_EQ(budget.Take("b", start + std::chrono::seconds(59)), 0U) << "each source has its own";
  EXPECT_EQ(budget.Take("a", start + std::chrono::seconds(60)), 2U);
  EXPECT_EQ(budget.Take("a", start + std::chrono::seconds(60)), 0U);
  EXPECT_FALSE(budget.Take("a", start + std::chrono::seconds(60)));
}

}  // namespace
}  // namespace gitops

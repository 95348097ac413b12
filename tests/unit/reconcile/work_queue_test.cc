#include "engine/reconcile/work_queue.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

using std::chrono::milliseconds;

MonotonicTime At(int ms) { return MonotonicTime(milliseconds(ms)); }

std::string TakeKey(WorkQueue& queue, int now) {
  const auto taken = queue.Take(At(now));
  return taken ? taken->key : "-";
}

TEST(WorkQueueTest, AskingTwiceIsAskingOnce) {
  WorkQueue queue(4, 4);
  queue.Add("web", "s", At(0));
  queue.Add("web", "s", At(0));
  EXPECT_EQ(TakeKey(queue, 0), "web");
  EXPECT_EQ(TakeKey(queue, 0), "-");
  EXPECT_FALSE(queue.Finish("web", At(0)));
  EXPECT_EQ(TakeKey(queue, 0), "-");
}

TEST(WorkQueueTest, WhatIsAskedForDuringTheWorkIsDoneOnceMoreAndNotBeside) {
  WorkQueue queue(4, 4);
  queue.Add("web", "s", At(0));
  EXPECT_EQ(TakeKey(queue, 0), "web");
  for (int i = 0; i < 100; ++i) queue.Add("web", "s", At(1));
  EXPECT_EQ(TakeKey(queue, 1), "-") << "one at a time";
  EXPECT_TRUE(queue.Finish("web", At(2)));
  EXPECT_EQ(TakeKey(queue, 2), "web");
  EXPECT_FALSE(queue.Finish("web", At(3)));
}

TEST(WorkQueueTest, TimeDecidesAndOnlyBringsForward) {
  WorkQueue queue(4, 4);
  queue.Add("web", "s", At(100));
  EXPECT_EQ(TakeKey(queue, 99), "-");
  EXPECT_EQ(queue.NextDue(At(99)), At(100));
  EXPECT_EQ(queue.NextDue(At(100)), std::nullopt) << "its time has come";
  EXPECT_EQ(queue.Later(At(99)), 1U);
  EXPECT_EQ(queue.Waiting(At(100)), 1U);
  queue.Add("web", "s", At(500));
  queue.Add("web", "s", At(50));
  EXPECT_EQ(queue.NextDue(At(0)), At(50));
  EXPECT_EQ(queue.OldestReady(At(70)), At(50));
  EXPECT_EQ(TakeKey(queue, 60), "web");
  EXPECT_EQ(queue.NextDue(At(0)), std::nullopt);
}

TEST(WorkQueueTest, TellsWhetherAskingWouldChangeAnything) {
  WorkQueue queue(4, 4);
  EXPECT_FALSE(queue.WaitsFor("web", At(1000)));
  queue.Add("web", "s", At(100));
  EXPECT_TRUE(queue.WaitsFor("web", At(100)));
  EXPECT_FALSE(queue.WaitsFor("web", At(99))) << "it would be brought forward";
  EXPECT_EQ(TakeKey(queue, 100), "web");
  EXPECT_FALSE(queue.WaitsFor("web", At(1000))) << "it is worked on, and would be once more";
  queue.Add("web", "s", At(200));
  EXPECT_EQ(TakeKey(queue, 300), "-");
  EXPECT_TRUE(queue.WaitsFor("web", At(0))) << "its time has come";
}

TEST(WorkQueueTest, TellsSinceWhenWorkMightHaveBegun) {
  WorkQueue queue(1, 1);
  queue.Add("a", "s", At(10));
  queue.Add("b", "s", At(20));
  EXPECT_EQ(TakeKey(queue, 30), "a");
  queue.Finish("a", At(50));
  const auto taken = queue.Take(At(50));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->ready, At(20));
  EXPECT_EQ(taken->start, 2U);
}

TEST(WorkQueueTest, GroupsTakeTurns) {
  WorkQueue queue(1, 1);
  for (const char* key : {"a1", "a2", "a3"}) queue.Add(key, "a", At(0));
  queue.Add("b1", "b", At(0));
  std::string order;
  for (int i = 0; i < 4; ++i) {
    const std::string key = TakeKey(queue, 0);
    order += key + " ";
    queue.Finish(key, At(0));
  }
  EXPECT_EQ(order, "a1 b1 a2 a3 ");
}

TEST(WorkQueueTest, OneGroupDoesNotTakeEverything) {
  WorkQueue queue(3, 2);
  for (const char* key : {"a1", "a2", "a3"}) queue.Add(key, "a", At(0));
  EXPECT_EQ(TakeKey(queue, 0), "a1");
  EXPECT_EQ(TakeKey(queue, 0), "a2");
  EXPECT_EQ(TakeKey(queue, 0), "-");
  queue.Add("b1", "b", At(1));
  EXPECT_EQ(TakeKey(queue, 1), "b1");
  queue.Add("b2", "b", At(1));
  EXPECT_EQ(TakeKey(queue, 1), "-") << "no more than three at once";
  queue.Finish("a1", At(2));
  EXPECT_EQ(queue.running(), 2U);
  EXPECT_NE(TakeKey(queue, 2), "-");
}

TEST(WorkQueueTest, WhatComesAfterOthersWaitsForThemWhateverTheOrderOfAsking) {
  WorkQueue queue(4, 4);
  queue.Add("web", "s", At(0), {"db"});
  queue.Add("db", "s", At(0));
  EXPECT_EQ(TakeKey(queue, 0), "db");
  EXPECT_EQ(TakeKey(queue, 0), "-");
  EXPECT_EQ(queue.Waiting(At(0)), 1U);
  queue.Finish("db", At(1));
  EXPECT_EQ(TakeKey(queue, 1), "web");
}

TEST(WorkQueueTest, NobodyWaitsForWhatHasNothingToDoNow) {
  WorkQueue queue(4, 4);
  queue.Add("db", "s", At(1000));
  queue.Add("web", "s", At(0), {"db", "unknown"});
  EXPECT_EQ(TakeKey(queue, 0), "web");
}

TEST(WorkQueueTest, WhoComesDuringTheWorkWaitsForTheNextOne) {
  WorkQueue queue(4, 4);
  queue.Add("db", "s", At(0));
  EXPECT_EQ(TakeKey(queue, 0), "db");
  queue.Add("web", "s", At(1), {"db"});
  queue.Add("db", "s", At(1));
  EXPECT_EQ(TakeKey(queue, 1), "-");
  queue.Finish("db", At(2));
  EXPECT_EQ(TakeKey(queue, 2), "db") << "the push of both: db goes first";
  EXPECT_EQ(TakeKey(queue, 2), "-");
  queue.Add("db", "s", At(3));
  queue.Finish("db", At(3));
  EXPECT_EQ(TakeKey(queue, 3), "web") << "what db is asked for later is not waited for";
}

TEST(WorkQueueTest, ACircleDoesNotHoldAnybodyForEver) {
  WorkQueue queue(1, 1);
  queue.Add("a", "s", At(0), {"b"});
  queue.Add("b", "s", At(0), {"c"});
  queue.Add("c", "s", At(0), {"a", "c"});
  std::string order;
  for (std::string key = TakeKey(queue, 0); key != "-"; key = TakeKey(queue, 0)) {
    order += key;
    queue.Finish(key, At(0));
  }
  EXPECT_EQ(order, "cba");
}

TEST(WorkQueueTest, WhatIsDroppedIsGoneAndHoldsNobody) {
  WorkQueue queue(4, 4);
  queue.Add("db", "s", At(0));
  queue.Add("web", "s", At(0), {"db"});
  queue.Add("later", "s", At(9));
  EXPECT_EQ(TakeKey(queue, 0), "db");
  queue.Add("db", "s", At(0));
  queue.Drop("later");
  queue.Drop("db");
  queue.Drop("nobody");
  EXPECT_FALSE(queue.Finish("db", At(1)));
  EXPECT_EQ(TakeKey(queue, 1), "web");
  queue.Add("x", "s", At(1), {"web"});
  EXPECT_EQ(TakeKey(queue, 1), "-");
  queue.Drop("x");
  queue.Finish("web", At(2));
  EXPECT_EQ(TakeKey(queue, 20), "-");
  EXPECT_EQ(queue.Waiting(At(20)), 0U);
}

}  // namespace
}  // namespace gitops

#include "sources/poll_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace gitops {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonotonicTime kNow{milliseconds(1'234'567)};

TEST(PollScheduleTest, ManySourcesAreSpreadEvenlyOverTheirInterval) {
  constexpr std::size_t kSources = 1000;
  std::vector<milliseconds> waits;
  for (std::size_t i = 0; i < kSources; ++i) {
    waits.push_back(PollSchedule(minutes(1), i).AfterSuccess(kNow) - kNow);
  }
  std::sort(waits.begin(), waits.end());
  EXPECT_GT(waits.front(), milliseconds(0));
  EXPECT_LE(waits.back(), minutes(1));
  for (std::size_t i = 1; i < kSources; ++i) {
    EXPECT_LT(waits[i] - waits[i - 1], milliseconds(120)) << "60 ms would be perfect";
  }
}

TEST(PollScheduleTest, ASourceKeepsItsPlaceHoweverLongALookTakes) {
  PollSchedule schedule(seconds(60), 7);
  const MonotonicTime first = schedule.AfterSuccess(kNow);
  EXPECT_EQ(schedule.AfterSuccess(first) - first, seconds(60));
  EXPECT_EQ(schedule.AfterSuccess(first + seconds(3)), first + seconds(60));
  EXPECT_EQ(schedule.AfterSuccess(first + seconds(61)), first + seconds(120));
}

TEST(PollScheduleTest, FailuresAreRetriedSoonAndThenLessAndLessOften) {
  PollSchedule schedule(std::chrono::hours(1), 0);
  std::vector<milliseconds> waits;
  for (int i = 0; i < 12; ++i) waits.push_back(schedule.AfterFailure(kNow, 0.5) - kNow);
  EXPECT_EQ(waits[0], seconds(1));
  EXPECT_EQ(waits[1], seconds(2));
  EXPECT_EQ(waits[7], seconds(128));
  EXPECT_EQ(waits[11], minutes(5)) << "never longer";
  EXPECT_EQ(schedule.failures(), 12);
  schedule.AfterSuccess(kNow);
  EXPECT_EQ(schedule.AfterFailure(kNow, 0.0) - kNow, milliseconds(750));
  schedule.AfterSuccess(kNow);
  EXPECT_EQ(schedule.AfterFailure(kNow, 1.0) - kNow, milliseconds(1250));
}

}  // namespace
}  // namespace gitops

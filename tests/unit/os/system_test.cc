// Tests of clock, random numbers and waiting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "engine/os/boot_id.h"
#include "engine/os/sleeper.h"
#include "engine/os/system_clock.h"
#include "engine/os/system_random.h"
#include "tests/support/fake_clock.h"

namespace gitops {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(SystemClockTest, MonotonicNeverGoesBack) {
  const SystemClock clock;
  MonotonicTime last = clock.MonotonicNow();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.MonotonicNow();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.Now(), WallTime(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1)));
}

TEST(SystemRandomTest, StaysBelowItsBoundAndReachesAll) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(5));
  EXPECT_THAT(seen, testing::ElementsAre(0U, 1U, 2U, 3U, 4U));
  EXPECT_EQ(random.Below(1), 0U);
}

TEST(SystemRandomTest, UuidsHaveTheirFormAndDiffer) {
  SystemRandom random;
  const std::string uuid = RandomUuid(random);
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_THAT(std::string("89ab"), testing::HasSubstr(std::string(1, uuid[19])));
  EXPECT_EQ(uuid[8], '-');
  EXPECT_NE(uuid, RandomUuid(random));
  EXPECT_NE(RandomBytes(32), RandomBytes(32));
}

TEST(SleeperTest, AStopEndsTheWait) {
  SystemSleeper sleeper;
  EXPECT_TRUE(sleeper.Sleep(milliseconds(1), {}));
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(sleeper.Sleep(hours(10), stop.get_token()));
}

TEST(FakeClockTest, AdvanceWakesThoseWhoseTimeHasCome) {
  FakeClock clock;
  bool slept = false;
  {
    const std::jthread sleeper([&] { slept = clock.Sleep(milliseconds(100), {}); });
    clock.AwaitWaiters(1);
    clock.Advance(milliseconds(100));
  }
  EXPECT_TRUE(slept);
  EXPECT_THAT(clock.Sleeps(), testing::ElementsAre(milliseconds(100)));
}

TEST(BootIdTest, IsStable) { EXPECT_EQ(BootId(), BootId()); }

}  // namespace
}  // namespace gitops

#include "engine/base/timestamp.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace gitops {
namespace {

using namespace std::chrono_literals;

WallTime At(long long milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

TEST(TimestampTest, IsRfc3339InUtcWithMilliseconds) {
  EXPECT_EQ(FormatTimestamp(At(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTimestamp(At(1795248930250)), "2026-11-21T08:15:30.250Z");
  EXPECT_EQ(FormatTimestamp(At(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTimestamp(At(1709208000000)), "2024-02-29T12:00:00.000Z");
}

TEST(TimestampTest, ReadsWhatItWrites) {
  for (const long long ms : {0LL, -1LL, 951782400000LL, 1795248930250LL, 253402300799999LL}) {
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(At(ms))), At(ms)) << ms;
  }
}

TEST(TimestampTest, ReadsNothingElse) {
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T08:15:30Z", "2026-11-21T08:15:30.250",
        "2026-11-21 08:15:30.250Z", "2026-11-21T08:15:30.250+01:00", "2026-02-30T08:15:30.250Z",
        "2026-13-01T08:15:30.250Z", "2026-11-21T24:15:30.250Z", "2026-11-21T08:60:30.250Z",
        "2026-11-21T08:15:30.250Zx", " 2026-11-21T08:15:30.250Z", "2026- 1-21T08:15:30.250Z",
        "+026-11-21T08:15:30.250Z", "2026-11-21T08:15:30.25Z", "2026-11-21T08:15:-1.250Z"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

TEST(DurationTest, ShowsAtMostTwoUnits) {
  EXPECT_EQ(FormatDuration(0ms), "0ms");
  EXPECT_EQ(FormatDuration(999ms), "999ms");
  EXPECT_EQ(FormatDuration(1500ms), "1.5s");
  EXPECT_EQ(FormatDuration(59'999ms), "59s");
  EXPECT_EQ(FormatDuration(4min + 12s), "4m12s");
  EXPECT_EQ(FormatDuration(2h + 5min), "2h05m");
  EXPECT_EQ(FormatDuration(75h + 59min), "3d3h");
  EXPECT_EQ(FormatDuration(-5s), "0ms");
}

}  // namespace
}  // namespace gitops

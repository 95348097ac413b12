#include "engine/drivers/disk_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::int64_t kMegabyte = 1024 * 1024;

class DiskWatchTest : public testing::Test {
 protected:
  /// Files of 4 KiB in the app's directory.
  void WriteFiles(int count) {
    for (int i = 0; i < count; ++i) {
      scratch_.Write("app/" + std::to_string(i), std::string(4096, 'x'));
    }
  }
  DiskWatch Watch(std::int64_t bytes, std::int64_t files = 10'000) const {
    return DiskWatch(scratch_.path() + "/app", {.disk_bytes = bytes, .files = files}, clock_);
  }

  TempDir scratch_;
  FakeClock clock_;
};

TEST_F(DiskWatchTest, ANeighbourThatRemovesAsMuchHidesNothing) {
  scratch_.Write("neighbour", std::string(32 * kMegabyte, 'x'));
  scratch_.Write("app/small", "x");
  DiskWatch watch = Watch(4 * kMegabyte);
  scratch_.Write("app/big", std::string(8 * kMegabyte, 'x'));
  std::filesystem::remove(scratch_.path() + "/neighbour");
  EXPECT_TRUE(watch.IsOver(true));
  EXPECT_THAT(watch.finding(), HasSubstr("may hold 4 MB (limits.appDisk)"));
}

TEST_F(DiskWatchTest, AFewFilesTooManyAreFoundAtTheEnd) {
  WriteFiles(30);
  DiskWatch watch = Watch(64 * kMegabyte, 20);
  EXPECT_TRUE(watch.IsOver(true));
  EXPECT_THAT(watch.finding(), HasSubstr("more than 20 files and directories (limits.appFiles)"));
}

TEST_F(DiskWatchTest, ALargeDirectoryIsAddedUpAfterAProgramThatTookLong) {
  WriteFiles(600);
  DiskWatch watch = Watch(kMegabyte);
  clock_.Advance(seconds(1));
  EXPECT_TRUE(watch.IsOver(true));
  EXPECT_THAT(watch.finding(), HasSubstr("(limits.appDisk)"));
}

TEST_F(DiskWatchTest, WhatIsWithinTheLimitsIsNotOver) {
  WriteFiles(30);
  DiskWatch watch = Watch(64 * kMegabyte);
  EXPECT_FALSE(watch.IsOver(true));
  clock_.Advance(seconds(10));
  EXPECT_FALSE(watch.IsOver(false));
  EXPECT_EQ(watch.finding(), "");
}

}  // namespace
}  // namespace gitops

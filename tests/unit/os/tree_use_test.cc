#include "engine/os/tree_use.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();

class TreeUseTest : public ::testing::Test {
 protected:
  TreeUse Measure(const TreeUse& most = {.bytes = kAny, .files = kAny}) const {
    const auto use = MeasureTree(dir_.path(), most);
    EXPECT_TRUE(use);
    return use ? *use : TreeUse{};
  }
  std::string At(const std::string& name) const { return dir_.path() + "/" + name; }

  TempDir dir_;
};

TEST_F(TreeUseTest, NothingTakesNothing) {
  EXPECT_EQ(Measure().files, 0);
  EXPECT_EQ(Measure().bytes, 0);
}

TEST_F(TreeUseTest, FilesDirectoriesAndLinksCount) {
  dir_.Write("a/b/c", std::string(100'000, 'x'));
  dir_.Write("d", "x");
  ASSERT_EQ(symlink("/usr", At("link").c_str()), 0);
  const TreeUse use = Measure();
  EXPECT_EQ(use.files, 5) << "a, a/b, a/b/c, d, link, and nothing of /usr";
  EXPECT_GE(use.bytes, 100'001);
  EXPECT_LT(use.bytes, 300'000);
  EXPECT_FALSE(use.hidden);
}

TEST_F(TreeUseTest, HolesTakeNothing) {
  dir_.Write("hole", "x");
  ASSERT_EQ(truncate(At("hole").c_str(), 1 << 30), 0);
  EXPECT_LT(Measure().bytes, 1 << 20);
}

TEST_F(TreeUseTest, AFileWithManyNamesCountsOnce) {
  dir_.Write("0", std::string(1'000'000, 'x'));
  for (int i = 1; i < 10; ++i) {
    ASSERT_EQ(link(At("0").c_str(), At(std::to_string(i)).c_str()), 0);
  }
  const TreeUse use = Measure();
  EXPECT_EQ(use.files, 10);
  EXPECT_GE(use.bytes, 990'000);
  EXPECT_LT(use.bytes, 1'200'000);
}

TEST_F(TreeUseTest, ItStopsWhenItIsTooMuch) {
  for (int i = 0; i < 100; ++i) dir_.Write("d/" + std::to_string(i), std::string(5000, 'x'));
  const TreeUse files{.bytes = kAny, .files = 10};
  EXPECT_EQ(Measure(files).files, 11);
  EXPECT_TRUE(Measure(files).IsMoreThan(files));
  const TreeUse bytes{.bytes = 20'000, .files = kAny};
  EXPECT_TRUE(Measure(bytes).IsMoreThan(bytes));
  EXPECT_LT(Measure(bytes).bytes, 100'000);
  EXPECT_FALSE(Measure().IsMoreThan({.bytes = 10'000'000, .files = 101}));
}

TEST_F(TreeUseTest, WhatIsNestedTooDeepIsSaidToBeHidden) {
  const std::string name(200, 'n');
  int at = open(dir_.path().c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 18; ++i) {
    ASSERT_EQ(mkdirat(at, name.c_str(), 0700), 0);
    const int next = openat(at, name.c_str(), O_RDONLY | O_DIRECTORY);
    close(at);
    at = next;
  }
  close(at);
  EXPECT_TRUE(Measure().hidden);
}

TEST_F(TreeUseTest, WhatIsNotThereIsAnError) {
  EXPECT_FALSE(MeasureTree(At("nowhere"), {}));
  EXPECT_FALSE(FreeSpaceAt(At("nowhere")));
}

TEST_F(TreeUseTest, FreeSpaceIsKnown) {
  const auto before = FreeSpaceAt(dir_.path());
  ASSERT_TRUE(before);
  EXPECT_GT(before->bytes, 0);
  EXPECT_TRUE(!before->counts_files || before->files > 0);
}

}  // namespace
}  // namespace gitops

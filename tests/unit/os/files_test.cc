// Tests of the small file operations: atomic_file, read_file, private_directory, remove_tree,
// beneath.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <latch>
#include <vector>

#include "engine/os/atomic_file.h"
#include "engine/os/beneath.h"
#include "engine/os/private_directory.h"
#include "engine/os/read_file.h"
#include "engine/os/remove_tree.h"
#include "engine/os/scratch_directory.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

unsigned int ModeOf(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

TEST(ScratchDirectoryTest, IsPrivateAndGoesWithAllThatIsInIt) {
  const TempDir dir;
  std::string path;
  {
    auto made = ScratchDirectory::Make(dir.path());
    ASSERT_TRUE(made) << made.error().ToString();
    path = made->path();
    EXPECT_EQ(ModeOf(path), 0700U);
    std::filesystem::create_directories(path + "/a/b");
    const ScratchDirectory moved = *std::move(made);
    EXPECT_EQ(moved.path(), path);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto refused = ScratchDirectory::Make(dir / "none");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().ToString(), testing::HasSubstr(dir / "none"));
}

TEST(AtomicFileTest, ReplacesBytesAndMode) {
  const TempDir dir;
  dir.Write("file", "old", 0600);
  const mode_t before = umask(0077);
  ASSERT_TRUE(WriteFileAtomically(dir / "file", "new", 0644));
  umask(before);
  EXPECT_EQ(dir.Read("file"), "new");
  EXPECT_EQ(ModeOf(dir / "file"), 0644U);
}

TEST(AtomicFileTest, FailureLeavesTheOldFileAndNothingElse) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "target/non-empty");
  const Status status = WriteFileAtomically(dir / "target", "new", 0644);
  ASSERT_FALSE(status);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
  EXPECT_FALSE(WriteFileAtomically(dir / "none/file", "new", 0644));
}

TEST(AtomicFileTest, WhatAKilledWriterLeftCanBeRemoved) {
  const TempDir dir;
  dir.Write("file", "old");
  dir.Write("file.new-0123456789abcdef", "half");
  dir.Write("file.new-0123456789abcdef.new-fedcba9876543210", "half");
  dir.Write("file.newer", "something else");
  dir.Write("a-file.new-0123456789abcdef", "of another file");
  RemoveUnfinished(dir / "file");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 3);
  EXPECT_EQ(dir.Read("file"), "old");
  EXPECT_EQ(dir.Read("file.newer"), "something else");
  RemoveUnfinished(dir / "none/file");
}

TEST(AtomicFileTest, ReplacesALinkInsteadOfFollowingIt) {
  const TempDir dir;
  dir.Write("precious", "data");
  ASSERT_EQ(symlink((dir / "precious").c_str(), (dir / "file").c_str()), 0);
  ASSERT_TRUE(WriteFileAtomically(dir / "file", "new", 0644));
  EXPECT_EQ(dir.Read("precious"), "data");
  EXPECT_EQ(dir.Read("file"), "new");
}

TEST(ReadFileTest, LimitsAndKinds) {
  const TempDir dir;
  dir.Write("file", "12345");
  EXPECT_EQ(*ReadSmallFile(dir / "file", 5), "12345");
  EXPECT_EQ(ReadSmallFile(dir / "file", 4).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ReadSmallFile(dir / "none", 4).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadSmallFile(dir.path(), 4).error().kind, ErrorKind::kInvalid);
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadSmallFile(dir / "pipe", 4).error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(ReadSmallFile("/proc/self/status", 100'000)->empty());
  EXPECT_EQ(ReadSmallFile("/proc/self/status", 10).error().kind, ErrorKind::kInvalid);
}

TEST(PrivateDirectoryTest, MakesParentsAndNarrows) {
  const TempDir dir;
  const mode_t before = umask(0777);
  EXPECT_TRUE(MakePrivateDirectory(dir / "a/b/c"));
  umask(before);
  EXPECT_EQ(ModeOf(dir / "a"), 0700U);
  EXPECT_EQ(ModeOf(dir / "a/b/c"), 0700U);
  ASSERT_EQ(chmod((dir / "a/b").c_str(), 0777), 0);
  EXPECT_TRUE(MakePrivateDirectory(dir / "a/b"));
  EXPECT_EQ(ModeOf(dir / "a/b"), 0700U);
}

TEST(PrivateDirectoryTest, RefusesLinksAndFiles) {
  const TempDir dir;
  dir.Write("file", "");
  EXPECT_EQ(MakePrivateDirectory(dir / "file").error().kind, ErrorKind::kInvalid);
  std::filesystem::create_directories(dir / "real");
  ASSERT_EQ(symlink((dir / "real").c_str(), (dir / "link").c_str()), 0);
  EXPECT_EQ(MakePrivateDirectory(dir / "link").error().kind, ErrorKind::kInvalid);
}

TEST(PrivateDirectoryTest, NeighboursAreMadeAtTheSameTime) {
  constexpr int kNeighbours = 8;
  const TempDir dir;
  for (int round = 0; round < 100; ++round) {
    const std::string parent = dir / ("p" + std::to_string(round) + "/a/b/c/d");
    std::latch ready(kNeighbours);
    std::vector<std::future<Status>> made;
    for (int i = 0; i < kNeighbours; ++i) {
      made.push_back(
          std::async(std::launch::async, [&ready, path = parent + "/" + std::to_string(i)] {
            ready.arrive_and_wait();
            return MakePrivateDirectory(path);
          }));
    }
    for (auto& result : made) {
      const Status status = result.get();
      ASSERT_TRUE(status) << status.error().ToString();
    }
  }
}

TEST(RemoveTreeTest, RemovesEverythingAndNothingOutside) {
  const TempDir outside;
  outside.Write("canary", "data");
  const TempDir dir;
  dir.Write("root/a/b/file", "x");
  dir.Write("root/locked/file", "x");
  ASSERT_EQ(symlink(outside.path().c_str(), (dir / "root/out").c_str()), 0);
  ASSERT_EQ(mkfifo((dir / "root/pipe").c_str(), 0600), 0);
  ASSERT_EQ(chmod((dir / "root/locked").c_str(), 0), 0);
  ASSERT_EQ(chmod((dir / "root").c_str(), 0500), 0);
  const Status status = RemoveTreeBeneath(dir / "root");
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_FALSE(std::filesystem::exists(dir / "root"));
  EXPECT_EQ(outside.Read("canary"), "data");
  EXPECT_TRUE(RemoveTreeBeneath(dir / "root"));
}

TEST(RemoveTreeTest, RefusesALinkAsTheRoot) {
  const TempDir dir;
  dir.Write("real/file", "x");
  ASSERT_EQ(symlink((dir / "real").c_str(), (dir / "link").c_str()), 0);
  EXPECT_FALSE(RemoveTreeBeneath(dir / "link"));
  EXPECT_EQ(dir.Read("real/file"), "x");
}

TEST(RemoveTreeTest, AnyDepthAndAnyWidth) {
  const TempDir dir;
  ASSERT_EQ(mkdir((dir / "root").c_str(), 0700), 0);
  int at = open((dir / "root").c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(mkdirat(at, "deeper", 0700), 0);
    const int next = openat(at, "deeper", O_RDONLY | O_DIRECTORY);
    close(at);
    at = next;
  }
  for (int i = 0; i < 9000; ++i) {
    ASSERT_EQ(mkdirat(at, std::to_string(i).c_str(), 0700), 0);
  }
  close(at);
  const Status status = RemoveTreeBeneath(dir / "root");
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_FALSE(std::filesystem::exists(dir / "root"));
}

TEST(BeneathTest, RefusesWhatLeadsOutside) {
  const TempDir dir;
  dir.Write("root/in/file", "x");
  dir.Write("canary", "secret");
  ASSERT_EQ(symlink("..", (dir / "root/up").c_str()), 0);
  ASSERT_EQ(symlink("../canary", (dir / "root/leak").c_str()), 0);
  const auto root = OpenDirectory(dir / "root");
  ASSERT_TRUE(root);
  EXPECT_TRUE(OpenFileBeneath(root->get(), "in/file", O_RDONLY));
  for (const char* path : {"../canary", "up/canary", "leak", "/etc/passwd", "in/../../canary", "",
                           "in//file", "./in/file", ".git/config"}) {
    const auto file = OpenFileBeneath(root->get(), path, O_RDONLY);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().kind, ErrorKind::kInvalid) << path;
  }
  EXPECT_TRUE(OpenDirectoryBeneath(root->get(), ""));
  EXPECT_TRUE(OpenDirectoryBeneath(root->get(), "in"));
  EXPECT_FALSE(OpenDirectoryBeneath(root->get(), "up"));
}

}  // namespace
}  // namespace gitops

#include "engine/store/state_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

TEST(StateFileTest, NetworkFileSystemsAreKnown) {
  EXPECT_TRUE(IsNetworkFileSystem(0x6969)) << "NFS";
  EXPECT_TRUE(IsNetworkFileSystem(0xff534d42)) << "CIFS";
  EXPECT_FALSE(IsNetworkFileSystem(0xef53)) << "ext4";
  EXPECT_FALSE(IsNetworkFileSystem(0x01021994)) << "tmpfs";
}

TEST(StateFileTest, DirectoryOfAPath) {
  EXPECT_EQ(DirectoryOf("/a/b/c"), "/a/b");
  EXPECT_EQ(DirectoryOf("/c"), "/");
  EXPECT_EQ(DirectoryOf("c"), ".");
}

TEST(StateFileTest, PathsAreResolvedThroughLinks) {
  const TempDir directory;
  std::filesystem::create_directory(directory / "real");
  std::filesystem::create_symlink("real", directory / "link");
  const auto resolved = ResolvePath(directory / "link/state.db");
  ASSERT_TRUE(resolved);
  EXPECT_EQ(*resolved, std::filesystem::canonical(directory / "real").string() + "/state.db");
  EXPECT_EQ(ResolvePath(directory / "none/state.db").error().kind, ErrorKind::kNotFound);
}

TEST(StateFileTest, PublishingNeverReplaces) {
  const TempDir directory;
  directory.Write("new", "new");
  directory.Write("old", "old");
  EXPECT_EQ(PublishFile(directory / "new", directory / "old").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(directory.Read("old"), "old");
  ASSERT_TRUE(PublishFile(directory / "new", directory / "free"));
  EXPECT_EQ(directory.Read("free"), "new");
  EXPECT_FALSE(std::filesystem::exists(directory / "new"));
  ASSERT_TRUE(ReplaceFile(directory / "free", directory / "old"));
  EXPECT_EQ(directory.Read("old"), "new");
}

TEST(StateFileTest, CopiesAreWholeAndNew) {
  const TempDir directory;
  const std::string bytes(200'000, 'x');
  directory.Write("from", bytes);
  ASSERT_TRUE(CopyFile(directory / "from", directory / "to"));
  EXPECT_EQ(directory.Read("to"), bytes);
  EXPECT_EQ(CopyFile(directory / "from", directory / "to").error().kind, ErrorKind::kConflict);
}

TEST(StateFileTest, AFileThatIsShorterThanItsHeaderSaysIsCutOff) {
  const TempDir directory;
  std::string header("SQLite format 3\0", 16);
  header.resize(100, '\0');
  header[31] = 2;  // Pages.
  const auto check = [&](char high, char low, std::size_t size) {
    header[16] = high;
    header[17] = low;
    std::string bytes = header;
    bytes.resize(size, '\0');
    directory.Write("state.db", bytes);
    return CheckHeader(directory / "state.db").has_value();
  };
  EXPECT_TRUE(check(0x10, 0, 8192));
  EXPECT_FALSE(check(0x10, 0, 8191));
  // 1 stands for 65536, which has no place in two bytes.
  EXPECT_TRUE(check(0, 1, 131'072));
  EXPECT_FALSE(check(0, 1, 131'071));
  EXPECT_TRUE(check(2, 0, 1024)) << "512 is the smallest";
}

TEST(StateFileTest, NothingStaysOpen) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  const TempDir directory;
  const auto before = open_files();
  directory.Write("from", "bytes");
  ASSERT_TRUE(CopyFile(directory / "from", directory / "to"));
  ASSERT_TRUE(PublishFile(directory / "to", directory / "published"));
  ASSERT_TRUE(ReplaceFile(directory / "published", directory / "replaced"));
  ASSERT_TRUE(RemoveFile(directory / "replaced"));
  EXPECT_EQ(open_files(), before);
}

TEST(StateFileTest, RemovingNothingIsFine) {
  const TempDir directory;
  EXPECT_TRUE(RemoveFile(directory / "none"));
}

}  // namespace
}  // namespace gitops

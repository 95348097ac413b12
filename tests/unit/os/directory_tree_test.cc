#include "engine/os/directory_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using testing::HasSubstr;

std::unique_ptr<DirectoryTree> MustOpen(const std::string& path, DirectoryTreeLimits limits = {}) {
  auto tree = DirectoryTree::Open(path, limits);
  EXPECT_TRUE(tree) << (tree ? "" : tree.error().ToString());
  return tree ? *std::move(tree) : nullptr;
}

TEST(DirectoryTreeTest, IdsAreGits) {
  const TempDir dir;
  dir.Write("hello.txt", "hello\n");
  dir.Write("bin/run.sh", "#!/bin/sh\n", 0755);
  dir.Write("bin.txt", "");
  dir.Write("bin-x", "x");
  ASSERT_EQ(symlink("hello.txt", (dir / "link").c_str()), 0);
  const auto tree = MustOpen(dir.path());
  // Written by `git write-tree` for the same files.
  EXPECT_EQ(tree->Id().Hex(), "5dff4d8f75fa27a945ce56571104c43fb4b1664b");
  EXPECT_EQ((*tree->Find("hello.txt"))->id.Hex(), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ((*tree->Find("bin/run.sh"))->kind, EntryKind::kExecutable);
  EXPECT_EQ((*tree->Find("link"))->kind, EntryKind::kSymlink);
}

TEST(DirectoryTreeTest, OrderIsGitsAndNotAscii) {
  const TempDir dir;
  dir.Write("a/x", "");
  dir.Write("a.b", "");
  dir.Write("a0", "");
  const auto tree = MustOpen(dir.path());
  std::vector<std::string> names;
  const std::vector<TreeEntry> entries = *tree->List("");
  for (const TreeEntry& entry : entries) names.push_back(entry.name);
  EXPECT_THAT(names, testing::ElementsAre("a.b", "a", "a0"));
}

TEST(DirectoryTreeTest, EmptyDirectoriesSpecialFilesAndGitDoNotCount) {
  const TempDir dir;
  dir.Write("file", "x");
  const ObjectId before = MustOpen(dir.path())->Id();
  std::filesystem::create_directories(dir / "empty/in/empty");
  dir.Write(".git/config", "secret");
  dir.Write("sub/.GIT/config", "secret");
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  const auto tree = MustOpen(dir.path());
  EXPECT_EQ(tree->Id(), before);
  EXPECT_FALSE(*tree->Find(".git/config"));
  EXPECT_FALSE(tree->Read(".git/config", 100));
}

TEST(DirectoryTreeTest, EmptyRootHasGitsEmptyTreeId) {
  const TempDir dir;
  const auto tree = MustOpen(dir.path());
  EXPECT_EQ(tree->Id().Hex(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  EXPECT_TRUE(tree->List("")->empty());
}

TEST(DirectoryTreeTest, LinksAreNotFollowed) {
  const TempDir outside;
  outside.Write("canary", "secret");
  const TempDir dir;
  ASSERT_EQ(symlink(outside.path().c_str(), (dir / "out").c_str()), 0);
  const auto tree = MustOpen(dir.path());
  EXPECT_EQ(*tree->Read("out", 4096), outside.path());
  EXPECT_FALSE(*tree->Find("out/canary"));
  EXPECT_FALSE(tree->Read("out/canary", 100));
}

TEST(DirectoryTreeTest, ALinkSwappedInLaterIsNotFollowed) {
  const TempDir outside;
  outside.Write("file", "data");
  const TempDir dir;
  dir.Write("d/file", "data");
  const auto tree = MustOpen(dir.path());
  std::filesystem::remove_all(dir / "d");
  ASSERT_EQ(symlink(outside.path().c_str(), (dir / "d").c_str()), 0);
  const auto bytes = tree->Read("d/file", 100);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().primary().summary, "symbolic link in a path");
}

TEST(DirectoryTreeTest, ReadChecksLimitAndChange) {
  const TempDir dir;
  dir.Write("file", "12345");
  const auto tree = MustOpen(dir.path());
  EXPECT_EQ(*tree->Read("file", 5), "12345");
  EXPECT_EQ(tree->Read("file", 4).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(tree->Read("none", 4).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(tree->Read("", 4).error().kind, ErrorKind::kNotFound);
  dir.Write("file", "54321");
  EXPECT_EQ(tree->Read("file", 5).error().kind, ErrorKind::kTransient);
}

TEST(DirectoryTreeTest, LimitsHold) {
  const TempDir dir;
  for (int i = 0; i < 20; ++i) dir.Write("f" + std::to_string(i), "0123456789");
  dir.Write("a/b/c/d", "x");
  DirectoryTreeLimits limits;
  limits.files = 10;
  EXPECT_EQ(DirectoryTree::Open(dir.path(), limits).error().kind, ErrorKind::kInvalid);
  limits = {};
  limits.bytes = 100;
  EXPECT_EQ(DirectoryTree::Open(dir.path(), limits).error().kind, ErrorKind::kInvalid);
  limits = {};
  limits.file_bytes = 9;
  EXPECT_EQ(DirectoryTree::Open(dir.path(), limits).error().kind, ErrorKind::kInvalid);
  limits = {};
  limits.depth = 2;
  EXPECT_EQ(DirectoryTree::Open(dir.path(), limits).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(DirectoryTree::Open(dir / "none").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops

#include "engine/model/file_tree.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(IsSafeRelativePathTest, AcceptsOrdinaryPaths) {
  for (const char* path : {"a", "a/b", "src/index.html", ".env", "a/.github/x", "..a", "a..", "...",
                           "with space", ".gitignore", "a/.gitmodules", "z\xc3\xbcrich"}) {
    EXPECT_TRUE(IsSafeRelativePath(path)) << path;
  }
}

TEST(IsSafeRelativePathTest, RefusesWaysOutAndWaysToHide) {
  for (const char* path :
       {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a/.", "a\\b",
        ".git", ".GIT/config", "a/.Git/hooks", "a\nb", "a\x1b", "a\x7f"}) {
    EXPECT_FALSE(IsSafeRelativePath(path)) << path;
  }
  EXPECT_FALSE(IsSafeRelativePath(std::string_view("a\0b", 3)));
}

TEST(IsSafeRelativePathTest, LimitsTheLength) {
  EXPECT_TRUE(IsSafeRelativePath(std::string(4096, 'a')));
  EXPECT_FALSE(IsSafeRelativePath(std::string(4097, 'a')));
}

TEST(EntryKindTest, EachHasAnArticle) {
  EXPECT_EQ(ToString(EntryKind::kFile), "a file");
  EXPECT_EQ(ToString(EntryKind::kExecutable), "an executable file");
  EXPECT_EQ(ToString(EntryKind::kSymlink), "a symbolic link");
  EXPECT_EQ(ToString(EntryKind::kDirectory), "a directory");
  EXPECT_EQ(ToString(EntryKind::kSubmodule), "a submodule");
}

}  // namespace
}  // namespace gitops

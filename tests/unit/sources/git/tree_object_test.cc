#include "sources/tree_object.h"

#include <gtest/gtest.h>

#include "sources/tree_names.h"
#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

std::string Entry(const std::string& mode, const std::string& name, char fill = '\1') {
  return mode + " " + name + std::string(1, '\0') + std::string(20, fill);
}

TEST(TreeObject, ReadsWhatItWrites) {
  const MemoryTree tree{{"a/x", "1"},
                        {"a.b", "2"},
                        {"a0", {"3", EntryKind::kExecutable}},
                        {"l", {"a", EntryKind::kSymlink}},
                        {"s", {"c", EntryKind::kSubmodule}}};
  const std::string bytes = EncodeTree(MemoryTree::Entries(*tree.root()));
  EXPECT_EQ(GitObjectId("tree", bytes), tree.Id());
  const auto parsed = ParseTree(bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, *tree.List(""));
  for (const TreeEntry& entry : *parsed) EXPECT_EQ(FindEntry(*parsed, entry.name), &entry);
  EXPECT_EQ(FindEntry(*parsed, "b"), nullptr);
  EXPECT_EQ(FindEntry(*parsed, ""), nullptr);
}

TEST(TreeObject, KnowsOldModes) {
  EXPECT_EQ((*ParseTree(Entry("100664", "f")))[0].kind, EntryKind::kFile);
  EXPECT_EQ((*ParseTree(Entry("040000", "d")))[0].kind, EntryKind::kDirectory);
  EXPECT_EQ((*ParseTree(Entry("100775", "x")))[0].kind, EntryKind::kExecutable);
}

TEST(TreeObject, RefusesBrokenTrees) {
  for (const std::string& bytes :
       {std::string("x"), std::string("100644"), std::string("100644 "), std::string("100644 a"),
        Entry("100644", "a").substr(0, 25), Entry("9", "a"), Entry("", "a"), Entry("100644", ""),
        Entry("100644", "a/b"), Entry("123", "a"), Entry("77777777777777", "a"),
        Entry("100644", "b") + Entry("100644", "a"), Entry("100644", "a") + Entry("100644", "a"),
        Entry("40000", "a") + Entry("100644", "a.b")}) {
    const auto parsed = ParseTree(bytes);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kCorruption);
  }
}

TEST(TreeNames, UnsafeOnesAreKnown) {
  EXPECT_TRUE(IsSafeTreePath("a/b.sh"));
  EXPECT_TRUE(IsSafeTreePath("ünïcode name.txt"));
  for (const char* bad : {"sub/.git", "sub/.Git/config", "new\nline", "\xff\xfe", "..", "git~1",
                          "back\\slash", "a/.git. /b"}) {
    EXPECT_FALSE(IsSafeTreePath(bad)) << bad;
  }
}

}  // namespace
}  // namespace gitops

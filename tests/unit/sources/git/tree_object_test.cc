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

TEST(TreeNames, ReportsEveryUnsafeName) {
  EXPECT_TRUE(CheckTreeNames(MemoryTree{{"a/b.sh", "1"}, {"ünïcode name.txt", "1"}}));
  const MemoryTree bad = MemoryTree{{"ok", "1"}}
                             .With("sub/.git", "1")
                             .With("sub/.Git/config", "1")
                             .With("new\nline", "1")
                             .With("\xff\xfe", "1")
                             .With("..", "1")
                             .With("git~1", "1")
                             .With("back\\slash", "1");
  const Status status = CheckTreeNames(bad);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(status.error().diagnostics.size(), 7U);
}

TEST(TreeNames, HasALimit) {
  MemoryTree tree;
  for (int i = 0; i < 30; ++i) tree = tree.With("d/f" + std::to_string(i), "1");
  EXPECT_TRUE(CheckTreeNames(tree, 31));
  EXPECT_FALSE(CheckTreeNames(tree, 30));
}

}  // namespace
}  // namespace gitops

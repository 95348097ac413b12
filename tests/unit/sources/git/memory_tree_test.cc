#include "tests/support/memory_tree.h"

#include <gtest/gtest.h>

#include "tests/support/fake_git_mirror.h"

namespace gitops {
namespace {

TEST(MemoryTree, HasTheIdsThatGitGives) {
  // From `git write-tree` over the same files.
  const MemoryTree tree{{"a/x", "hello"},
                        {"a.b/y", "w"},
                        {"a0", {"z", EntryKind::kExecutable}},
                        {"link", {"a/x", EntryKind::kSymlink}}};
  EXPECT_EQ(tree.Id().Hex(), "5fca62c0a874155d6a3941ce44df8da0a99cdb19");
  EXPECT_EQ(MemoryTree().Id().Hex(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  const auto entries = tree.List("");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 4U);
  EXPECT_EQ((*entries)[0].name, "a.b");
  EXPECT_EQ((*entries)[1].name, "a");
  EXPECT_EQ((*entries)[2].kind, EntryKind::kExecutable);
}

TEST(MemoryTree, ChangedCopiesEqualFreshTrees) {
  const MemoryTree tree{{"apps/a/f", "1"}, {"apps/b/f", "2"}};
  EXPECT_EQ(tree.With("apps/a/f", "3").Id(),
            (MemoryTree{{"apps/a/f", "3"}, {"apps/b/f", "2"}}).Id());
  EXPECT_EQ(tree.Without("apps/a").Id(), (MemoryTree{{"apps/b/f", "2"}}).Id());
  EXPECT_EQ(tree.Without("apps").Id(), MemoryTree().Id());
  EXPECT_EQ(tree.Subtree("apps/b")->Id(), (MemoryTree{{"f", "2"}}).Id());
  EXPECT_EQ(tree.WithTree("apps/b", MemoryTree{{"f", "1"}}).Id(),
            (MemoryTree{{"apps/a/f", "1"}, {"apps/b/f", "1"}}).Id());
  EXPECT_EQ(MemoryTree::From(tree)->Id(), tree.Id());
}

TEST(FakeGitMirror, ComparesTwoCommits) {
  FakeGitMirror mirror;
  SourceSpec source;
  source.name = "s";
  const MemoryTree first{{"a/tfgrid-compose.yaml", "1"},
                         {"b/tfgrid-compose.yml", "1"},
                         {"patterns/p/pattern.yaml", "1"}};
  const ObjectId one = mirror.Commit("s", first);
  const ObjectId two = mirror.Commit(
      "s",
      first.With("a/tfgrid-compose.yaml", "2").Without("b").With("c/tfgrid-compose.yaml", "1"));
  const auto comparison =
      mirror.Compare(source, *mirror.TreeAt(source, one), *mirror.TreeAt(source, two));
  ASSERT_TRUE(comparison);
  ASSERT_EQ(comparison->added.size(), 1U);
  EXPECT_EQ(comparison->added[0].path, "c");
  ASSERT_EQ(comparison->changed.size(), 1U);
  EXPECT_EQ(comparison->changed[0].path, "a");
  ASSERT_EQ(comparison->removed.size(), 1U);
  EXPECT_EQ(comparison->removed[0].manifest_name, "tfgrid-compose.yml");
  EXPECT_FALSE(comparison->patterns_changed);
}

TEST(FakeGitMirror, SnapshotsOutliveAForcePushAndGc) {
  FakeGitMirror mirror;
  SourceSpec source;
  source.name = "s";
  const MemoryTree old_tree{{"a/tfgrid-compose.yaml", "1"}, {"b/tfgrid-compose.yaml", "1"}};
  mirror.Commit("s", old_tree);
  const ObjectId kept = old_tree.Subtree("a")->Id();
  const SnapshotRequest request{{"default", "a"}, 1, kept, ObjectId()};
  ASSERT_TRUE(mirror.WriteSnapshots(source, "default", {request}, {}));
  mirror.Commit("s", MemoryTree{{"c/tfgrid-compose.yaml", "2"}});
  mirror.CollectGarbage("s");
  EXPECT_TRUE(mirror.Open(source, kept));
  EXPECT_FALSE(mirror.Open(source, old_tree.Id()));
}

}  // namespace
}  // namespace gitops

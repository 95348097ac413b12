#include "sources/tree_walk.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/fake_git_mirror.h"
#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

/// Trees of a test, by id; counts what is read.
class MemoryReader : public TreeReader {
 public:
  void Add(const MemoryTree& tree) { AddNode(tree.root()); }
  void Forget(const ObjectId& id) { trees_.erase(id); }

  Result<std::shared_ptr<const TreeEntries>> ReadTree(const ObjectId& id) override {
    ++reads;
    const auto found = trees_.find(id);
    if (found == trees_.end()) return MakeError(ErrorKind::kNotFound, "no tree", id.Hex());
    return found->second;
  }

  int reads = 0;

 private:
  void AddNode(const MemoryTree::NodePtr& node) {
    if (node->kind != EntryKind::kDirectory || trees_.contains(node->id)) return;
    trees_[node->id] = std::make_shared<const TreeEntries>(MemoryTree::Entries(*node));
    for (const auto& [name, child] : node->children) AddNode(child);
  }

  std::map<ObjectId, std::shared_ptr<const TreeEntries>> trees_;
};

std::vector<std::string> Paths(const std::vector<AppDirectory>& apps) {
  std::vector<std::string> paths;
  for (const AppDirectory& app : apps) paths.push_back(app.path);
  return paths;
}

using Names = std::vector<std::string>;

TEST(FindApps, StopsAtManifestsAndPatterns) {
  MemoryReader reader;
  const MemoryTree tree{
      {"README.md", "x"},
      {"apps/web/tfgrid-compose.yaml", "1"},
      {"apps/web/nested/tfgrid-compose.yaml", "not an app of its own"},
      {"apps/api/tfgrid-compose.yml", {"1", EntryKind::kExecutable}},
      {"apps/both/tfgrid-compose.yml", "1"},
      {"apps/both/tfgrid-compose.yaml", "2"},
      {"apps/link/tfgrid-compose.yaml", {"../web/tfgrid-compose.yaml", EntryKind::kSymlink}},
      {"patterns/vm/pattern.yaml", "1"},
      {"patterns/vm/example/tfgrid-compose.yaml", "1"},
      {"patterns/old/tfgrid-compose.yaml", "1"},
      {"x/patterns/vm/pattern.yaml", "1"},
      {"x/patterns/vm/example/tfgrid-compose.yaml", "1"},
      {"empty/file", "1"}};
  reader.Add(tree);
  const auto apps = FindAppDirectories(reader, tree.Id(), "");
  ASSERT_TRUE(apps);
  EXPECT_EQ(Paths(*apps), (Names{"apps/api", "apps/both", "apps/link", "apps/web", "patterns/old",
                                 "x/patterns/vm/example"}));
  EXPECT_EQ((*apps)[0].manifest_name, "tfgrid-compose.yml");
  EXPECT_EQ((*apps)[0].manifest_kind, EntryKind::kFile);
  EXPECT_EQ((*apps)[1].manifest_name, "tfgrid-compose.yaml");
  EXPECT_EQ((*apps)[2].manifest_kind, EntryKind::kSymlink);
  EXPECT_EQ((*apps)[3].tree, tree.Subtree("apps/web")->Id());
}

TEST(FindApps, PutsThePrefixBeforePaths) {
  MemoryReader reader;
  const MemoryTree tree{{"a/tfgrid-compose.yaml", "1"}};
  reader.Add(tree);
  EXPECT_EQ(Paths(*FindAppDirectories(reader, tree.Id(), "deploy")), Names{"deploy/a"});
  EXPECT_EQ(Paths(*FindAppDirectories(reader, tree.Subtree("a")->Id(), "deploy/a")),
            Names{"deploy/a"});
  EXPECT_EQ(Paths(*FindAppDirectories(reader, tree.Subtree("a")->Id(), "")), Names{""});
}

TEST(FindApps, ReadsASharedTreeWithoutAppsOnce) {
  // A "git bomb": ten levels of ten equal directories are 10^10 paths.
  MemoryTree level{{"f", "x"}};
  for (int depth = 0; depth < 10; ++depth) {
    MemoryTree next;
    for (int i = 0; i < 10; ++i) next = next.WithTree("d" + std::to_string(i), level);
    level = next;
  }
  MemoryReader reader;
  reader.Add(level);
  const auto apps = FindAppDirectories(reader, level.Id(), "");
  ASSERT_TRUE(apps);
  EXPECT_TRUE(apps->empty());
  EXPECT_LE(reader.reads, 11);
}

TEST(FindApps, WhatIsOnlyAPatternElsewhereHoldsApps) {
  // The same tree below `patterns/`, where its example is no app, and beside it, where it is one.
  const MemoryTree folder{{"vm/pattern.yaml", "1"}, {"vm/example/tfgrid-compose.yaml", "1"}};
  const MemoryTree tree = MemoryTree().WithTree("patterns", folder).WithTree("x", folder);
  MemoryReader reader;
  reader.Add(tree);
  EXPECT_EQ(Paths(*FindAppDirectories(reader, tree.Id(), "")), Names{"x/vm/example"});
  // The root itself, moved one level down.
  const MemoryTree moved = tree.WithTree("z", tree);
  reader.Add(moved);
  EXPECT_EQ(Paths(*FindAppDirectories(reader, moved.Id(), "")),
            (Names{"x/vm/example", "z/patterns/vm/example", "z/x/vm/example"}));
}

TEST(FindApps, HasLimits) {
  MemoryTree deep{{"tfgrid-compose.yaml", "1"}};
  for (int i = 0; i < 100; ++i) deep = MemoryTree().WithTree("d", deep);
  MemoryReader reader;
  reader.Add(deep);
  const auto too_deep = FindAppDirectories(reader, deep.Id(), "");
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().kind, ErrorKind::kInvalid);
  WalkLimits limits;
  limits.apps = 2;
  MemoryTree three;
  for (const char* name : {"a", "b", "c"}) {
    three = three.With(std::string(name) + "/tfgrid-compose.yaml", name);
  }
  reader.Add(three);
  EXPECT_FALSE(FindAppDirectories(reader, three.Id(), "", limits));
  limits.apps = 3;
  EXPECT_TRUE(FindAppDirectories(reader, three.Id(), "", limits));
  limits.directories = 3;
  EXPECT_FALSE(FindAppDirectories(reader, three.Id(), "", limits));
}

TEST(FindApps, RefusesAnAppBelowAnUnsafeNameOnly) {
  for (const char* name :
       {"a\nb", ".git", ".GIT", "git~1", ".git.", "a\\b", "\xff", "\x1b[2J", "..", "."}) {
    MemoryReader reader;
    const MemoryTree harmless =
        MemoryTree{{"ok/tfgrid-compose.yaml", "1"}}.With(std::string(name) + "/file", "1");
    reader.Add(harmless);
    EXPECT_TRUE(FindAppDirectories(reader, harmless.Id(), "")) << name;
    const MemoryTree bad = harmless.With(std::string(name) + "/tfgrid-compose.yaml", "1");
    reader.Add(bad);
    const auto apps = FindAppDirectories(reader, bad.Id(), "");
    ASSERT_FALSE(apps) << name;
    EXPECT_EQ(apps.error().kind, ErrorKind::kInvalid);
  }
}

TEST(FindApps, AHoleIsDamageAndAMissingRootIsNot) {
  MemoryReader reader;
  const MemoryTree tree{{"a/b/tfgrid-compose.yaml", "1"}};
  reader.Add(tree);
  reader.Forget(tree.Subtree("a/b")->Id());
  EXPECT_EQ(FindAppDirectories(reader, tree.Id(), "").error().kind, ErrorKind::kCorruption);
  reader.Forget(tree.Id());
  EXPECT_EQ(FindAppDirectories(reader, tree.Id(), "").error().kind, ErrorKind::kNotFound);
}

TEST(CompareTrees, AnOldTreeWithHolesIsNotFound) {
  MemoryReader reader;
  const MemoryTree old_tree{{"a/b/tfgrid-compose.yaml", "1"}};
  const MemoryTree new_tree{{"a/b/tfgrid-compose.yaml", "2"}};
  reader.Add(old_tree);
  reader.Add(new_tree);
  reader.Forget(old_tree.Subtree("a")->Id());
  EXPECT_EQ(CompareTrees(reader, old_tree.Id(), new_tree.Id(), "").error().kind,
            ErrorKind::kNotFound);
  EXPECT_EQ(CompareTrees(reader, new_tree.Id(), old_tree.Id(), "").error().kind,
            ErrorKind::kCorruption);
}

TEST(CompareTrees, SeesPatternsChange) {
  MemoryReader reader;
  const MemoryTree base{{"a/tfgrid-compose.yaml", "1"}, {"patterns/p/pattern.yaml", "1"}};
  const MemoryTree changed = base.With("patterns/p/pattern.yaml", "2");
  const MemoryTree app_at_root = base.With("tfgrid-compose.yaml", "1");
  const MemoryTree app_at_root_changed = changed.With("tfgrid-compose.yaml", "1");
  for (const MemoryTree& tree : {base, changed, app_at_root, app_at_root_changed}) {
    reader.Add(tree);
  }
  const auto comparison = CompareTrees(reader, base.Id(), changed.Id(), "");
  ASSERT_TRUE(comparison);
  EXPECT_TRUE(comparison->patterns_changed);
  EXPECT_TRUE(comparison->changed.empty() && comparison->added.empty() &&
              comparison->removed.empty());
  EXPECT_FALSE(CompareTrees(reader, base.Id(), base.Id(), "")->patterns_changed);
  EXPECT_FALSE(CompareTrees(reader, base.Id(), app_at_root.Id(), "")->patterns_changed);
  EXPECT_TRUE(
      CompareTrees(reader, app_at_root.Id(), app_at_root_changed.Id(), "")->patterns_changed);
}

TEST(CompareTrees, OneFileOfAThousandAppsReadsTheWayDownOnly) {
  MemoryTree tree;
  for (int i = 0; i < 1000; ++i) {
    const std::string path = "apps/" + std::to_string(i % 64) + "/app" + std::to_string(i);
    tree = tree.With(path + "/tfgrid-compose.yaml", path).With(path + "/src/x", path);
  }
  const MemoryTree changed = tree.With("apps/7/app7/src/x", "changed");
  MemoryReader reader;
  reader.Add(tree);
  reader.Add(changed);
  const auto comparison = CompareTrees(reader, tree.Id(), changed.Id(), "");
  ASSERT_TRUE(comparison);
  EXPECT_EQ(Paths(comparison->changed), Names{"apps/7/app7"});
  EXPECT_EQ(reader.reads, 8);  // Root, apps, shard, app; of both trees.
}

/// Random trees with a few names, so that apps appear, vanish, nest and turn into files.
class RandomTrees {
 public:
  explicit RandomTrees(unsigned seed) : random_(seed) {}

  MemoryTree Mutate(MemoryTree tree) {
    const int edits = 1 + Below(4);
    for (int i = 0; i < edits; ++i) {
      const std::string path = RandomPath();
      if (Below(3) == 0) {
        tree = tree.Without(path);
      } else if (!Blocked(tree, path)) {
        tree = tree.With(path, std::to_string(Below(5)));
      }
    }
    return tree;
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  std::string RandomPath() {
    static const char* const kNames[] = {
        "a", "b", "a.b", "patterns", "tfgrid-compose.yaml", "tfgrid-compose.yml", "pattern.yaml",
        "z"};
    std::string path;
    const int depth = 1 + Below(4);
    for (int i = 0; i < depth; ++i) {
      if (i > 0) path += '/';
      path += kNames[Below(i + 1 == depth ? 8 : 4)];
    }
    return path;
  }

  /// A file stands where a directory is needed, or the other way round.
  static bool Blocked(const MemoryTree& tree, const std::string& path) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const auto entry = *tree.Find(path.substr(0, slash));
      if (entry && entry->kind != EntryKind::kDirectory) return true;
    }
    const auto entry = *tree.Find(path);
    return entry && entry->kind == EntryKind::kDirectory;
  }

  std::mt19937 random_;
};

TEST(CompareTrees, AgreesWithComparingAllAppsOneByOne) {
  int differences = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomTrees random(seed);
    MemoryReader reader;
    FakeGitMirror naive;  // Lists both sides completely and compares the lists.
    SourceSpec source;
    source.name = "s";
    source.path = seed % 2 == 0 ? "" : "sub";
    MemoryTree tree;
    for (int i = 0; i < 10; ++i) tree = random.Mutate(tree);
    for (int step = 0; step < 10; ++step) {
      const MemoryTree next = random.Mutate(tree);
      for (const MemoryTree& each : {tree, next}) {
        reader.Add(each);
        naive.Commit("s", each);
      }
      const auto expected = naive.Compare(source, tree.Id(), next.Id());
      const auto actual = CompareTrees(reader, tree.Id(), next.Id(), source.path);
      ASSERT_TRUE(expected && actual);
      ASSERT_EQ(actual->added, expected->added) << seed;
      ASSERT_EQ(actual->changed, expected->changed) << seed;
      ASSERT_EQ(actual->removed, expected->removed) << seed;
      ASSERT_EQ(actual->patterns_changed, expected->patterns_changed) << seed;
      ASSERT_EQ(*FindAppDirectories(reader, next.Id(), source.path),
                *naive.FindApps(source, next.Id()));
      differences += static_cast<int>(expected->added.size() + expected->changed.size() +
                                      expected->removed.size());
      tree = next;
    }
  }
  EXPECT_GT(differences, 1000);  // The generator makes cases that matter.
}

}  // namespace
}  // namespace gitops

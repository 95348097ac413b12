#include "sources/snapshot_refs.h"

#include <gtest/gtest.h>

#include "sources/git_library.h"
#include "sources/git_tree.h"
#include "sources/mirror_files.h"
#include "sources/object_copy.h"
#include "sources/pack_consolidation.h"
#include "tests/support/git_fixture.h"
#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

class SnapshotRefs : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(library_) << library_.error().ToString();
    ASSERT_TRUE(GitRepository::CreateBare(mirror()));
    Reopen();
  }
  std::string mirror() const { return fixture_.Path("m.git"); }
  void Reopen() { repository_ = *GitRepository::Open(mirror(), &counters_); }

  ObjectId Import(const MemoryTree& tree) { return *ImportFiles(tree, *repository_, {}); }
  SnapshotRequest Request(const std::string& app, int number, const std::string& text,
                          const std::string& environment = "production") {
    return {{environment, app},
            number,
            Import(MemoryTree{{"tfgrid-compose.yaml", app + text}}),
            Import(MemoryTree{{"pattern.yaml", "p"}})};
  }
  void Update(const std::vector<SnapshotRequest>& add,
              const std::vector<std::pair<AppId, int>>& drop = {},
              const std::string& environment = "production") {
    const Status status = UpdateSnapshots(*repository_, environment, add, drop, fixture_.clock());
    ASSERT_TRUE(status) << status.error().ToString();
  }
  /// Everything that git itself finds wrong.
  void ExpectSound() { fixture_.Git(mirror(), {"fsck", "--full", "--strict"}); }

  GitFixture fixture_;
  Result<GitLibrary> library_ = GitLibrary::Start();
  WorkCounters counters_;
  std::shared_ptr<GitRepository> repository_;
};

TEST_F(SnapshotRefs, AreOneRefPerEnvironmentThatGitUnderstands) {
  const SnapshotRequest web = Request("web", 1, "a");
  const SnapshotRequest api = Request("api", 3, "b");
  Update({web, api});
  EXPECT_EQ(fixture_.Git(mirror(), {"for-each-ref", "--format=%(refname) %(objecttype)"}),
            "refs/snapshots/production commit");
  EXPECT_EQ(fixture_.Git(mirror(), {"rev-list", "--count", "refs/snapshots/production"}), "1");
  const std::string listed =
      fixture_.Git(mirror(), {"ls-tree", "-r", "--name-only", "refs/snapshots/production"});
  EXPECT_NE(listed.find("/web/1/app/tfgrid-compose.yaml"), std::string::npos) << listed;
  EXPECT_NE(listed.find("/api/3/pattern/pattern.yaml"), std::string::npos) << listed;
  const auto read = ReadSnapshots(*repository_, web.app);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->at(1), std::pair(web.app_tree, web.pattern_tree));
  ExpectSound();
}

TEST_F(SnapshotRefs, ManyAppsAreTwoPacksAndNoLooseFiles) {
  constexpr int kApps = 200;
  const std::string upstream = fixture_.Path("upstream.git");
  ASSERT_TRUE(GitRepository::CreateBare(upstream));
  const auto from = *GitRepository::Open(upstream, &counters_);
  std::vector<SnapshotRequest> requests;
  const ObjectId pattern = *ImportFiles(MemoryTree{{"pattern.yaml", "p"}}, *from, {});
  for (int i = 0; i < kApps; ++i) {
    const std::string name = "app-" + std::to_string(i);
    const MemoryTree files{{"tfgrid-compose.yaml", name}, {"deployment/setup.sh", "echo " + name}};
    requests.push_back({{"production", name}, 1, *ImportFiles(files, *from, {}), pattern});
  }
  TreesCopier copier(*from, *repository_, {});
  for (const SnapshotRequest& request : requests) {
    ASSERT_TRUE(copier.Add(request.app_tree));
    ASSERT_TRUE(copier.Add(request.pattern_tree));
  }
  ASSERT_TRUE(copier.Write());
  Update(requests);
  // The commit alone is loose: it is written after everything that it names.
  const std::string counted = fixture_.Git(mirror(), {"count-objects", "-v"});
  EXPECT_NE(counted.find("count: 1\n"), std::string::npos) << counted;
  EXPECT_NE(counted.find("packs: 2\n"), std::string::npos) << counted;
  Reopen();
  for (const SnapshotRequest& request : requests) {
    EXPECT_EQ(ReadSnapshots(*repository_, request.app)->at(1),
              std::pair(request.app_tree, request.pattern_tree));
  }
  ExpectSound();
}

TEST_F(SnapshotRefs, AddsAndDropsInOneCommit) {
  const AppId web{"production", "web"};
  for (int number = 1; number <= 12; ++number) {
    std::vector<std::pair<AppId, int>> drop;
    if (number > 10) drop.emplace_back(web, number - 10);
    Update({Request("web", number, std::to_string(number))}, drop);
  }
  const auto read = ReadSnapshots(*repository_, web);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 10U);
  EXPECT_EQ(read->begin()->first, 3);
  EXPECT_EQ(read->rbegin()->first, 12);
  ExpectSound();
}

TEST_F(SnapshotRefs, TheLastOneCanGo) {
  const AppId web{"production", "web"};
  Update({Request("web", 1, "a")});
  Update({}, {{web, 1}});
  EXPECT_TRUE(ReadSnapshots(*repository_, web)->empty());
  Update({}, {{web, 1}});  // Once more is fine.
  Update({Request("web", 2, "b")});
  EXPECT_EQ(ReadSnapshots(*repository_, web)->size(), 1U);
  ExpectSound();
}

TEST_F(SnapshotRefs, AllOfAnAppGoAtOnceAndThoseOfOthersStay) {
  const AppId web{"production", "web"};
  const SnapshotRequest other = Request("other", 1, "o");
  Update({Request("web", 1, "a"), Request("web", 4, "b"), other});
  Update({}, {{web, kAllSnapshots}});
  EXPECT_TRUE(ReadSnapshots(*repository_, web)->empty());
  EXPECT_EQ(ReadSnapshots(*repository_, other.app)->size(), 1U);
  const std::string tree =
      fixture_.Git(mirror(), {"ls-tree", "-r", "-t", "--name-only", "refs/snapshots/production"});
  EXPECT_EQ(tree.find("/web"), std::string::npos) << "not even an empty folder";
  Update({}, {{web, kAllSnapshots}});  // Once more is fine.
  Update({Request("web", 5, "c")}, {{web, kAllSnapshots}});
  EXPECT_EQ(ReadSnapshots(*repository_, web)->size(), 1U);
  ExpectSound();
}

TEST_F(SnapshotRefs, NothingChangesNothingIsWritten) {
  const SnapshotRequest web = Request("web", 1, "a");
  Update({web});
  const std::string before = fixture_.Git(mirror(), {"rev-parse", "refs/snapshots/production"});
  Update({web});
  EXPECT_EQ(fixture_.Git(mirror(), {"rev-parse", "refs/snapshots/production"}), before);
}

TEST_F(SnapshotRefs, KeepTheirTreesThroughGc) {
  const SnapshotRequest web = Request("web", 1, "a");
  Update({web});
  const ObjectId loose = Import(MemoryTree{{"nobody", "keeps this"}});
  fixture_.Git(mirror(), {"gc", "--quiet", "--prune=now"});
  Reopen();
  EXPECT_TRUE(repository_->Contains(web.app_tree));
  EXPECT_FALSE(repository_->Contains(loose));
  const GitTree tree(repository_, web.app_tree);
  EXPECT_EQ(*tree.Read("tfgrid-compose.yaml", 100), "weba");
}

TEST_F(SnapshotRefs, ManyUpdatesDoNotPileUp) {
  for (int app = 0; app < 20; ++app) Update({Request("app" + std::to_string(app), 1, "x")});
  std::size_t roots = 0;
  const std::string all =
      fixture_.Git(mirror(), {"cat-file", "--batch-all-objects", "--batch-check"});
  for (std::size_t at = all.find("commit"); at != std::string::npos;
       at = all.find("commit", at + 1)) {
    ++roots;
  }
  EXPECT_EQ(roots, 1U) << "superseded commits stay";
  ExpectSound();
}

TEST_F(SnapshotRefs, EnvironmentsThatShareTreesDoNotHurtOneAnother) {
  const SnapshotRequest a = Request("web", 1, "a", "staging");
  const SnapshotRequest b = Request("web", 1, "a", "production");
  Update({a}, {}, "staging");
  Update({b}, {}, "production");
  Update({Request("web", 2, "b", "staging")}, {}, "staging");
  Update({Request("api", 2, "b", "staging")}, {{{"staging", "web"}, 1}}, "staging");
  EXPECT_EQ(ReadSnapshots(*repository_, {"production", "web"})->size(), 1U);
  ExpectSound();
}

TEST_F(SnapshotRefs, RefusesTreesThatAreNotThereAndWrongNames) {
  SnapshotRequest missing = Request("web", 1, "a");
  missing.app_tree = *ObjectId::FromHex("1234567890123456789012345678901234567890");
  Status status = UpdateSnapshots(*repository_, "production", {missing}, {}, fixture_.clock());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNotFound);
  SnapshotRequest bad = Request("web", 1, "a");
  bad.app.name = "../web";
  EXPECT_FALSE(UpdateSnapshots(*repository_, "production", {bad}, {}, fixture_.clock()));
  EXPECT_FALSE(
      UpdateSnapshots(*repository_, "staging", {Request("web", 1, "a")}, {}, fixture_.clock()));
  EXPECT_EQ(fixture_.Git(mirror(), {"for-each-ref"}), "");
}

TEST_F(SnapshotRefs, ImportIsExactAndHasLimits) {
  const MemoryTree tree{{"a/x", "hello"},
                        {"a.b/y", "w"},
                        {"run", {"z", EntryKind::kExecutable}},
                        {"link", {"a/x", EntryKind::kSymlink}}};
  EXPECT_EQ(Import(tree), tree.Id());
  const auto copy = MemoryTree::From(GitTree(repository_, tree.Id()));
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->Id(), tree.Id());
  EXPECT_TRUE(ListPackIndexes(repository_->ObjectsDirectory()).empty());

  MemoryTree many;
  for (int i = 0; i < 100; ++i) many = many.With("d/f" + std::to_string(i), std::to_string(i));
  CopyLimits limits;
  limits.files = 100;
  EXPECT_EQ(ImportFiles(many, *repository_, limits).error().kind, ErrorKind::kInvalid);
  limits.files = 101;
  ASSERT_TRUE(ImportFiles(many, *repository_, limits));
  EXPECT_EQ(ListPackIndexes(repository_->ObjectsDirectory()).size(), 1U) << "many: one pack";
  EXPECT_TRUE(repository_->Contains(many.Id()));
  limits.bytes = 10;
  EXPECT_EQ(ImportFiles(MemoryTree{{"f", "12345678901"}}, *repository_, limits).error().kind,
            ErrorKind::kInvalid);
  ExpectSound();
}

TEST_F(SnapshotRefs, ConsolidationLosesNothing) {
  std::vector<ObjectId> trees;
  for (int pack = 0; pack < 6; ++pack) {
    MemoryTree tree;
    for (int i = 0; i < 40; ++i) {
      tree = tree.With("d/f" + std::to_string(i), std::to_string(pack) + std::to_string(i));
    }
    trees.push_back(Import(tree));  // Nothing refers to these.
  }
  const SnapshotRequest web = Request("web", 1, "a");
  Update({web});
  ASSERT_EQ(ListPackIndexes(repository_->ObjectsDirectory()).size(), 6U);
  EXPECT_TRUE(NeedsConsolidation(repository_->ObjectsDirectory(), {5, 1000}));
  EXPECT_FALSE(NeedsConsolidation(repository_->ObjectsDirectory(), {6, 1000}));
  const std::shared_ptr<GitRepository> held = repository_;  // A reader that goes on.
  Reopen();
  const Status status = Consolidate(*repository_);
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_LT(ListPackIndexes(repository_->ObjectsDirectory()).size(), 3U);
  for (const auto& reader : {held, *GitRepository::Open(mirror(), nullptr)}) {
    for (const ObjectId& tree : trees) {
      const GitTree files(reader, tree);
      EXPECT_TRUE(files.Read("d/f0", 100));
    }
  }
  EXPECT_EQ(ReadSnapshots(*repository_, web.app)->at(1).first, web.app_tree);
  ExpectSound();
}

}  // namespace
}  // namespace gitops

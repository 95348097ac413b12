// Sources on a path: read where they are, snapshots in a mirror of our own.
#include <sys/stat.h>
#include <unistd.h>

#include "sources/snapshot_refs.h"
#include "tests/integration/git/mirror_test_base.h"
#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

using Files = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

class PathSource : public MirrorTest {
 protected:
  std::string repository() const { return fixture_.Path("up.git"); }
};

TEST_F(PathSource, IsReadWhereItIs) {
  const std::string commit = fixture_.Commit(
      repository(), {{"web/tfgrid-compose.yaml", "w"}, {"api/tfgrid-compose.yml", "a"}});
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  EXPECT_EQ(revision.commit.Hex(), commit);
  EXPECT_EQ(revision.ref, "main");
  EXPECT_EQ(AppPaths(source, revision), (Names{"api", "web"}));
  const auto files = mirror_->Open(source, *mirror_->TreeAt(source, revision.commit));
  ASSERT_TRUE(files);
  EXPECT_EQ(*(*files)->Read("web/tfgrid-compose.yaml", 100), "w");
  EXPECT_EQ((*files)->Read("web/tfgrid-compose.yaml", 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ((*files)->Read("web/none", 100).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ((*files)->List("none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(counters_.children, 0U);
  EXPECT_EQ(counters_.remote_queries, 1U);
  // Nothing was copied.
  EXPECT_EQ(fixture_.Git(MirrorPath(), {"count-objects"}), "0 objects, 0 kilobytes");
}

TEST_F(PathSource, AFileUrlAndAWorkingRepositoryWorkToo) {
  const std::string work = fixture_.Path("work dir");
  std::filesystem::create_directories(work);
  fixture_.Git(work, {"init", "-q"});
  fixture_.WriteFile(work + "/app/tfgrid-compose.yaml", "x");
  fixture_.Git(work, {"add", "."});
  fixture_.Git(work, {"commit", "-q", "-m", "c"});
  fixture_.WriteFile(work + "/not-committed/tfgrid-compose.yaml", "x");
  const SourceSpec source = Source("file://" + fixture_.Path("work%20dir"));
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"app"});
  // A linked working directory has its objects elsewhere.
  fixture_.Git(work, {"worktree", "add", "-q", "-b", "other", fixture_.Path("linked")});
  SourceSpec linked = Source(fixture_.Path("linked"), "linked");
  linked.ref = "other";
  EXPECT_EQ(AppPaths(linked, MustFetch(linked)), Names{"app"});
}

TEST_F(PathSource, BelongsToSomebodyElse) {
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "w"}});
  fixture_.Run({"chown", "-R", "nobody", repository()});
  const SourceSpec source = Source(repository());
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"web"});
}

TEST_F(PathSource, AnUnchangedTipReadsNothing) {
  Files files;
  for (int i = 0; i < 1000; ++i) {
    files["apps/" + std::to_string(i % 64) + "/app" + std::to_string(i) + "/tfgrid-compose.yaml"] =
        "name: app" + std::to_string(i) + "\n";
  }
  fixture_.Commit(repository(), files);
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  EXPECT_EQ(AppPaths(source, revision).size(), 1000U);
  Restart();
  const auto reads = counters_.objects_read.load();
  const auto queries = counters_.remote_queries.load();
  EXPECT_EQ(MustFetch(source, revision), revision);
  EXPECT_EQ(counters_.objects_read, reads);
  EXPECT_EQ(counters_.remote_queries, queries + 1);
  EXPECT_EQ(counters_.fetches, 0U);
  EXPECT_EQ(counters_.children, 0U);
}

TEST_F(PathSource, OneChangedFileOfAThousandAppsIsAFewObjects) {
  Files files;
  for (int i = 0; i < 1000; ++i) {
    const std::string app = "apps/" + std::to_string(i % 64) + "/app" + std::to_string(i);
    files[app + "/tfgrid-compose.yaml"] = "name: app" + std::to_string(i) + "\n";
    files[app + "/deployment/setup.sh"] = "true\n";
  }
  fixture_.Commit(repository(), files);
  const SourceSpec source = Source(repository());
  const Revision before = MustFetch(source);
  const ObjectId old_tree = *mirror_->TreeAt(source, before.commit);
  files["apps/7/app7/tfgrid-compose.yaml"] = "name: app7\nversion: 2\n";
  fixture_.Commit(repository(), files);
  Restart();
  const auto reads = counters_.objects_read.load();
  const Revision after = MustFetch(source, before);
  const ObjectId new_tree = *mirror_->TreeAt(source, after.commit);
  const auto comparison = mirror_->Compare(source, old_tree, new_tree);
  ASSERT_TRUE(comparison) << Explain(comparison);
  ASSERT_EQ(comparison->changed.size(), 1U);
  EXPECT_TRUE(comparison->added.empty() && comparison->removed.empty());
  const auto app = mirror_->Open(source, comparison->changed[0].tree);
  ASSERT_TRUE(app);
  EXPECT_TRUE((*app)->Read("tfgrid-compose.yaml", 1000));
  EXPECT_LE(counters_.objects_read - reads, 8U + 4U * 1U);  // One directory holds a changed file.
}

TEST_F(PathSource, SnapshotsOutliveForcePushAndGc) {
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "one"}, {"web/src/a", "a"}});
  const SourceSpec source = Source(repository());
  const Revision first = MustFetch(source);
  const ObjectId root = *mirror_->TreeAt(source, first.commit);
  const ObjectId app = (*mirror_->FindApps(source, root))[0].tree;
  const Status written = mirror_->WriteSnapshots(source, "production",
                                                 {{{"production", "web"}, 1, app, ObjectId()}}, {});
  ASSERT_TRUE(written) << Explain(written);
  fixture_.Commit(repository(), {{"api/tfgrid-compose.yaml", "two"}}, "main", false);
  fixture_.Git(repository(), {"reflog", "expire", "--expire=now", "--all"});
  fixture_.Git(repository(), {"gc", "--quiet", "--prune=now"});
  for (const bool restart : {false, true}) {
    if (restart) Restart();
    const Revision second = MustFetch(source, first);
    EXPECT_EQ(AppPaths(source, second), Names{"api"});
    const ObjectId now = *mirror_->TreeAt(source, second.commit);
    ExpectError(mirror_->Compare(source, root, now), ErrorKind::kNotFound, {});
    const auto kept = mirror_->Open(source, app);
    ASSERT_TRUE(kept) << Explain(kept);
    EXPECT_EQ(*(*kept)->Read("src/a", 10), "a");
  }
  // The repository goes away altogether: the snapshot stays.
  std::filesystem::remove_all(repository());
  Restart();
  ExpectError(Fetch(source, first), ErrorKind::kNotFound, {"repository not found", repository()});
  EXPECT_TRUE(mirror_->Open(source, app));
  fixture_.Git(MirrorPath(), {"fsck", "--full", "--strict"});
}

TEST_F(PathSource, WhatIsImportedStaysBeforeASnapshotHoldsIt) {
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "one"}});
  const std::string blob =
      fixture_.Git(repository(), {"rev-parse", "main:web/tfgrid-compose.yaml"});
  // As Git once wrote them for files that a group may write; today it would be 100644.
  const ObjectId id = *ObjectId::FromHex(blob);
  const std::string old_tree =
      "100664 file" + std::string(1, '\0') + std::string(id.bytes().begin(), id.bytes().end());
  const std::string old_id = fixture_.Git(
      repository(), {"hash-object", "-t", "tree", "-w", "--stdin", "--literally"}, old_tree);
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  const ObjectId app =
      (*mirror_->FindApps(source, *mirror_->TreeAt(source, revision.commit)))[0].tree;
  for (const ObjectId& tree : {app, *ObjectId::FromHex(old_id)}) {
    const auto files = mirror_->Open(source, tree);
    ASSERT_TRUE(files) << Explain(files);
    const auto imported = mirror_->Import(source, **files);
    ASSERT_TRUE(imported) << Explain(imported);
    EXPECT_EQ(*imported, tree);
  }
  std::filesystem::remove_all(repository());
  Restart();
  EXPECT_EQ(*(*mirror_->Open(source, app))->Read("tfgrid-compose.yaml", 10), "one");
  EXPECT_EQ(*(*mirror_->Open(source, *ObjectId::FromHex(old_id)))->Read("file", 10), "one");
}

TEST_F(PathSource, IsSeenWhenAnotherRepositoryTakesItsPlace) {
  fixture_.Commit(repository(), {{"old/tfgrid-compose.yaml", "1"}});
  const SourceSpec source = Source(repository());
  const Revision old_revision = MustFetch(source);
  std::filesystem::rename(repository(), fixture_.Path("aside.git"));
  ExpectError(Fetch(source, old_revision), ErrorKind::kNotFound, {"repository not found"});
  fixture_.Commit(repository(), {{"new/tfgrid-compose.yaml", "1"}});
  EXPECT_EQ(AppPaths(source, MustFetch(source, old_revision)), Names{"new"});
  fixture_.Git(repository(), {"pack-refs", "--all"});
  fixture_.Git(repository(), {"gc", "--quiet"});
  fixture_.Commit(repository(), {{"newer/tfgrid-compose.yaml", "1"}});
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"newer"});
}

TEST_F(PathSource, SaysWhatIsWrongWithTheRef) {
  const std::string first = fixture_.Commit(repository(), {{"a/tfgrid-compose.yaml", "1"}});
  fixture_.Git(repository(), {"tag", "v1.0"});
  fixture_.Git(repository(), {"tag", "-a", "-m", "t", "v1.1", "main"});
  fixture_.Git(repository(), {"tag", "blob", "main:a/tfgrid-compose.yaml"});
  fixture_.Git(repository(), {"tag", "tree", "main:a"});
  SourceSpec source = Source(repository());
  source.ref = "mian";
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"branch not found", "mian", "\"main\""});
  source.ref = "v1.0";
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"tag: v1.0"});
  for (const char* expression : {"HEAD~1", "@{-1}", ":/x", "main^{tree}", "refs/heads/main", ""}) {
    source.ref = expression;
    ExpectError(Fetch(source), ErrorKind::kInvalid, {"not a valid ref name"});
  }
  source.ref_kind = RefKind::kTag;
  source.ref = "v1.0";
  EXPECT_EQ(MustFetch(source).commit.Hex(), first);
  source.ref = "v1.1";
  EXPECT_EQ(MustFetch(source).commit.Hex(), first);
  source.ref = "blob";
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"points to a blob"});
  source.ref = "tree";
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"points to a tree"});
  source.ref_kind = RefKind::kCommit;
  source.ref = first;
  EXPECT_EQ(MustFetch(source).commit.Hex(), first);
  source.ref = std::string(40, '1');
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"commit not found"});
  source.ref = first.substr(0, 12);
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"40 lower-case hex digits"});
}

TEST_F(PathSource, SaysWhatIsWrongWithTheRepository) {
  SourceSpec source = Source(fixture_.Path("none"));
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"repository not found", "none"});
  source.url = fixture_.Path("home");
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"not a Git repository"});
  source.url = fixture_.Path("empty.git");
  fixture_.Git("", {"init", "-q", "--bare", source.url});
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"repository is empty", "git push"});
  source.url = fixture_.Path("sha256.git");
  fixture_.Git("", {"init", "-q", "--bare", "--object-format=sha256", source.url});
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"SHA-256"});
  source.url = "ext::sh -c id";
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"remote helpers"});
}

TEST_F(PathSource, ACorruptRepositoryIsAnErrorThatHeals) {
  fixture_.Commit(repository(), {{"a/tfgrid-compose.yaml", "1"}, {"a/src/x", "2"}});
  fixture_.Git(repository(), {"repack", "-adq"});
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  std::string pack;
  for (const auto& entry : std::filesystem::directory_iterator(repository() + "/objects/pack")) {
    if (entry.path().extension() == ".pack") pack = entry.path().string();
  }
  const std::string good = GitFixture::ReadFile(pack);
  std::string bad = good;
  for (std::size_t i = 12; i < bad.size(); ++i) bad[i] = static_cast<char>(~bad[i]);
  chmod(pack.c_str(), 0644);
  fixture_.WriteFile(pack, bad);
  Restart();
  ExpectError(Fetch(source, revision), ErrorKind::kCorruption, {"main"});
  EXPECT_FALSE(mirror_->TreeAt(source, revision.commit));
  fixture_.WriteFile(pack, good);
  Restart();
  EXPECT_EQ(AppPaths(source, revision), Names{"a"});
}

TEST_F(PathSource, AFolderOfTheRepository) {
  fixture_.Commit(repository(), {{"deploy/prod/web/tfgrid-compose.yaml", "1"},
                                 {"other/x/tfgrid-compose.yaml", "1"},
                                 {"file", "1"}});
  SourceSpec source = Source(repository());
  source.path = "deploy/prod";
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"deploy/prod/web"});
  const Revision revision = MustFetch(source);
  source.path = "deplyo";
  ExpectError(mirror_->TreeAt(source, revision.commit), ErrorKind::kNotFound, {"\"deploy\""});
  source.path = "file";
  ExpectError(mirror_->TreeAt(source, revision.commit), ErrorKind::kNotFound, {"a file"});
}

TEST_F(PathSource, SymlinksAndSubmodulesAreSeenAsSuch) {
  fixture_.Git("", {"init", "-q", "--bare", repository()});
  fixture_.Git(repository(), {"fast-import", "--quiet"},
               "commit refs/heads/main\ncommitter t <t@e.org> 1 +0000\ndata 1\nc\n"
               "M 120000 inline a/tfgrid-compose.yaml\ndata 11\n/etc/passwd\n"
               "M 160000 1234567890123456789012345678901234567890 b/tfgrid-compose.yaml\n"
               "M 160000 1234567890123456789012345678901234567890 vendor\n"
               "M 100755 inline c/tfgrid-compose.yaml\ndata 1\nc\n"
               "M 100644 inline d/tfgrid-compose.yaml/x\ndata 1\nd\n");
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  const auto apps = mirror_->FindApps(source, *mirror_->TreeAt(source, revision.commit));
  ASSERT_TRUE(apps) << Explain(apps);
  ASSERT_EQ(apps->size(), 4U);
  EXPECT_EQ((*apps)[0].manifest_kind, EntryKind::kSymlink);
  EXPECT_EQ((*apps)[1].manifest_kind, EntryKind::kSubmodule);
  EXPECT_EQ((*apps)[2].manifest_kind, EntryKind::kFile);
  EXPECT_EQ((*apps)[3].manifest_kind, EntryKind::kDirectory);
  // A link is read as its target's name, never followed.
  const auto files = mirror_->Open(source, (*apps)[0].tree);
  EXPECT_EQ(*(*files)->Read("tfgrid-compose.yaml", 100), "/etc/passwd");
  // Keeping a snapshot of a tree with a submodule does not need the submodule.
  EXPECT_TRUE(mirror_->WriteSnapshots(source, "production",
                                      {{{"production", "b"}, 1, (*apps)[1].tree, ObjectId()}}, {}));
}

TEST_F(PathSource, AttributesAndReplaceRefsChangeNothing) {
  fixture_.Commit(repository(), {{".gitattributes", "* text eol=crlf\n"},
                                 {"a/tfgrid-compose.yaml", "one\ntwo\n"}});
  const std::string blob = fixture_.Git(repository(), {"rev-parse", "main:a/tfgrid-compose.yaml"});
  const std::string other = fixture_.Git(repository(), {"hash-object", "-w", "--stdin"}, "evil\n");
  fixture_.Git(repository(), {"replace", blob, other});
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  const auto files = mirror_->Open(source, *mirror_->TreeAt(source, revision.commit));
  EXPECT_EQ(*(*files)->Read("a/tfgrid-compose.yaml", 100), "one\ntwo\n");
}

TEST_F(PathSource, AnObjectWhoseContentHasAnotherIdIsDamage) {
  fixture_.Commit(repository(),
                  {{"a/tfgrid-compose.yaml", "good\n"}, {"b/x", "sound\n"}, {"c/y", "other\n"}});
  const auto path_of = [&](const std::string& id) {
    return repository() + "/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  };
  const auto exchange = [&](const std::string& id, const std::string& other) {
    std::filesystem::remove(path_of(id));
    std::filesystem::copy_file(path_of(other), path_of(id));
  };
  // Each is sound in itself, so nothing but the id tells that it stands in another's place.
  exchange(fixture_.Git(repository(), {"rev-parse", "main:a/tfgrid-compose.yaml"}),
           fixture_.Git(repository(), {"rev-parse", "main:b/x"}));
  exchange(fixture_.Git(repository(), {"rev-parse", "main:c"}),
           fixture_.Git(repository(), {"rev-parse", "main:b"}));
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  const auto files = mirror_->Open(source, *mirror_->TreeAt(source, revision.commit));
  EXPECT_EQ(*(*files)->Read("b/x", 100), "sound\n");
  const auto read = (*files)->Read("a/tfgrid-compose.yaml", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(read.error().primary().summary, "broken object");
  const auto listed = (*files)->List("c");
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::kCorruption);
}

TEST_F(PathSource, RevertMakesACommitInABareRepository) {
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "good"}, {"x", "1"}});
  const SourceSpec source = Source(repository());
  const Revision good = MustFetch(source);
  const ObjectId tree = (*mirror_->FindApps(source, *mirror_->TreeAt(source, good.commit)))[0].tree;
  const std::string bad =
      fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "bad"}, {"x", "2"}});
  const auto reverted = mirror_->PushRevert(source, "web", tree, "Revert web\n\nIt failed.", {});
  ASSERT_TRUE(reverted) << Explain(reverted);
  EXPECT_EQ(fixture_.Git(repository(), {"rev-parse", "main"}), reverted->commit.Hex());
  EXPECT_EQ(fixture_.Git(repository(), {"rev-parse", "main^"}), bad);
  EXPECT_EQ(fixture_.Git(repository(), {"show", "main:web/tfgrid-compose.yaml"}), "good");
  EXPECT_EQ(fixture_.Git(repository(), {"show", "main:x"}), "2");
  EXPECT_EQ(fixture_.Git(repository(), {"log", "-1", "--format=%an <%ae>|%s|%b", "main"}),
            "tfgrid-compose <tfgrid-compose@localhost>|Revert web|It failed.");
  fixture_.Git(repository(), {"fsck", "--full", "--strict"});
  // Once more: it is so already.
  EXPECT_EQ(mirror_->PushRevert(source, "web", tree, "again", {})->commit, reverted->commit);
}

TEST_F(PathSource, RevertRefusesACheckedOutBranchAndTags) {
  const std::string work = fixture_.Path("work");
  std::filesystem::create_directories(work);
  fixture_.Git(work, {"init", "-q"});
  fixture_.WriteFile(work + "/a/tfgrid-compose.yaml", "1");
  fixture_.Git(work, {"add", "."});
  fixture_.Git(work, {"commit", "-q", "-m", "c"});
  SourceSpec source = Source(work);
  const Revision revision = MustFetch(source);
  const ObjectId tree = *mirror_->TreeAt(source, revision.commit);
  ExpectError(mirror_->PushRevert(source, "a", tree, "m", {}), ErrorKind::kInvalid,
              {"checked out", "git -C"});
  source.ref_kind = RefKind::kTag;
  ExpectError(mirror_->PushRevert(source, "a", tree, "m", {}), ErrorKind::kInvalid, {"tag"});
}

TEST_F(PathSource, UpHasOnlyAMirror) {
  SourceSpec source = Source("", "up");
  const MemoryTree tree{{"tfgrid-compose.yaml", "x"}, {"deployment/setup.sh", "true\n"}};
  const auto id = mirror_->Import(source, tree);
  ASSERT_TRUE(id) << Explain(id);
  EXPECT_EQ(*id, tree.Id());
  EXPECT_EQ(*mirror_->Import(source, tree), tree.Id());
  const auto apps = mirror_->FindApps(source, *id);
  ASSERT_TRUE(apps);
  EXPECT_EQ((*apps)[0].path, "");
  ASSERT_TRUE(
      mirror_->WriteSnapshots(source, "default", {{{"default", "x"}, 1, *id, ObjectId()}}, {}));
  Restart();
  EXPECT_EQ(*(*mirror_->Open(source, *id))->Read("tfgrid-compose.yaml", 10), "x");
  EXPECT_FALSE(Fetch(source));
}

TEST_F(PathSource, LeftoversOfAKilledProcessAreRemoved) {
  fixture_.Commit(repository(), {{"a/tfgrid-compose.yaml", "1"}});
  const SourceSpec source = Source(repository());
  const Revision revision = MustFetch(source);
  const ObjectId tree = *mirror_->TreeAt(source, revision.commit);
  const auto write = [&](int number) {
    return mirror_->WriteSnapshots(source, "default", {{{"default", "a"}, number, tree, {}}}, {});
  };
  ASSERT_TRUE(write(1));
  const std::string lock = MirrorPath() + "/refs/snapshots/default.lock";
  const std::string pack = MirrorPath() + "/objects/pack/pack_git2_ABCDEF";
  fixture_.WriteFile(lock, "");
  fixture_.WriteFile(pack, "half");
  Restart();
  const Status again = write(2);
  EXPECT_TRUE(again) << Explain(again);
  EXPECT_FALSE(std::filesystem::exists(lock));
  EXPECT_FALSE(std::filesystem::exists(pack));
}

TEST_F(PathSource, ABrokenMirrorIsNotMadeAnew) {
  fixture_.Commit(repository(), {{"a/tfgrid-compose.yaml", "1"}});
  const SourceSpec source = Source(repository());
  MustFetch(source);
  ASSERT_TRUE(mirror_->TreeAt(source, MustFetch(source).commit));
  std::filesystem::remove(MirrorPath() + "/HEAD");
  Restart();
  ExpectError(mirror_->TreeAt(source, ObjectId()), ErrorKind::kCorruption, {"mirror", "fsck"});
}

}  // namespace
}  // namespace gitops

// Files that are no sound state database, and file systems that refuse.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/unit/store/database_fixture.h"
#include "tests/unit/store/private_mounts.h"

namespace gitops {
namespace {

using testing::HasSubstr;

class DatabaseDamageTest : public DatabaseFixture {};

// --- Files that are not fit

TEST_F(DatabaseDamageTest, WhatOthersMayWriteIsRefused) {
  store_.Close();
  for (const mode_t mode : {mode_t{0620}, mode_t{0602}}) {
    ASSERT_EQ(chmod(store_.path().c_str(), mode), 0);
    const Error error = Refused();
    EXPECT_EQ(error.kind, ErrorKind::kInvalid);
    EXPECT_EQ(error.primary().hint, "chmod go-w " + store_.path());
  }
  ASSERT_EQ(chmod(store_.path().c_str(), 0640), 0);
  EXPECT_TRUE(store_.Open(store_.Options())) << "reading by the group is allowed";
  ASSERT_EQ(chmod(store_.directory().c_str(), 0770), 0);
  EXPECT_EQ(Refused().primary().hint, "chmod go-w " + store_.directory());
}

TEST_F(DatabaseDamageTest, WhatBelongsToAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  store_.Close();
  ASSERT_EQ(chown(store_.path().c_str(), 65534, 65534), 0);
  EXPECT_THAT(Refused().primary().detail, HasSubstr("belongs to user 65534"));
}

TEST_F(DatabaseDamageTest, OnlyARegularFileIsADatabase) {
  store_.Close();
  std::filesystem::remove(store_.path());
  std::filesystem::create_directory(store_.path());
  EXPECT_EQ(Refused().primary().summary, "the state database is not a regular file");
}

TEST_F(DatabaseDamageTest, AnEmptyFileIsDamage) {
  store_.Close();
  SetBytes("");
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kCorruption);
  EXPECT_THAT(error.primary().hint, HasSubstr("tfgrid-compose restore FILE"));
  EXPECT_EQ(Bytes(), "") << "nothing is made anew";
}

TEST_F(DatabaseDamageTest, AnotherMagicIsDamage) {
  store_.Close();
  for (const std::string& bytes : {std::string("#!/bin/sh\n"), std::string(8192, '\0')}) {
    SetBytes(bytes);
    EXPECT_EQ(Refused().kind, ErrorKind::kCorruption);
    EXPECT_EQ(Bytes(), bytes);
  }
}

TEST_F(DatabaseDamageTest, ACutOffFileIsDamage) {
  Fill();
  const std::string whole = Bytes();
  for (const std::size_t size :
       {std::size_t{50}, std::size_t{100}, std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    SetBytes(whole.substr(0, size));
    EXPECT_EQ(Refused().kind, ErrorKind::kCorruption) << size;
    EXPECT_EQ(Bytes().size(), size);
  }
}

TEST_F(DatabaseDamageTest, EveryZeroedPageIsDamage) {
  Fill(20);
  const std::string whole = Bytes();
  for (std::size_t page = 0; page < whole.size() / 4096; ++page) {
    std::string bytes = whole;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page * 4096), 4096, '\0');
    SetBytes(bytes);
    const Error error = Refused();
    EXPECT_EQ(error.kind, ErrorKind::kCorruption) << "page " << page << error.ToString();
  }
  SetBytes(whole);
  EXPECT_TRUE(store_.Open(store_.Options()));
}

TEST_F(DatabaseDamageTest, DamageInALargeDatabaseIsFoundWhenItIsReadAndByTheFullCheck) {
  Fill(12'000);
  std::string bytes = Bytes();
  ASSERT_GT(bytes.size(), 5U * 1024 * 1024);
  // Not the first pages, which every start reads, but somewhere among the apps.
  std::fill_n(bytes.begin() + 2 * 1024 * 1024, 64 * 4096, '\0');
  SetBytes(bytes);
  const auto store = store_.Open(store_.Options());
  ASSERT_TRUE(store) << "only small databases are read as a whole at the start";
  EXPECT_EQ((*store)->ListApps({}).error().kind, ErrorKind::kCorruption);
  EXPECT_EQ((*store)->CheckIntegrity().error().kind, ErrorKind::kCorruption);
}

TEST_F(DatabaseDamageTest, AMissingFileBesideItsJournalOrCopiesIsNotReplaced) {
  store_.Close();
  std::filesystem::remove(store_.path());
  for (const char* left :
       {"-wal", "-journal", ".before-v2", ".replaced-20261121T000000Z", ".restoring"}) {
    const std::string file = store_.path() + left;
    std::ofstream(file) << "x";
    for (const bool read_only : {false, true}) {
      SqliteStoreOptions options = store_.Options();
      options.read_only = read_only;
      EXPECT_EQ(Refused(options).kind, ErrorKind::kCorruption) << left;
    }
    EXPECT_FALSE(std::filesystem::exists(store_.path()));
    std::filesystem::remove(file);
  }
  EXPECT_TRUE(store_.Open(store_.Options()));
}

TEST_F(DatabaseDamageTest, SealedOutputsThatWereChangedAreDamage) {
  const AppRecord app = NewApp("web");
  const Action action = SomeAction("host");
  const auto run = store_->BeginRun(SomeRun(app, 0, {action}));
  ASSERT_TRUE(store_->MarkStarted(*run, 0));
  ASSERT_TRUE(store_->MarkFinished(*run, 0, Success(action)));
  store_.Close();
  Sql("UPDATE recorded_step SET address = 'app.other'");
  store_.Reopen();
  EXPECT_EQ(store_->LoadRecorded(app.id).error().kind, ErrorKind::kCorruption);
}

TEST_F(DatabaseDamageTest, UnknownStoredNamesAreDamage) {
  ASSERT_TRUE(store_->SaveApps({NewApp("web")}, {SomeEvent("e")}));
  store_.Close();
  Sql("UPDATE app SET health = 'Splendid'; UPDATE event SET severity = 'grave'");
  store_.Reopen();
  const auto apps = store_->ListApps({});
  ASSERT_FALSE(apps);
  EXPECT_EQ(apps.error().kind, ErrorKind::kCorruption);
  EXPECT_THAT(apps.error().primary().detail, HasSubstr("Splendid"));
  EXPECT_EQ(store_->ListEvents({}).error().kind, ErrorKind::kCorruption);
}

TEST_F(DatabaseDamageTest, AnActionThatThePlanDoesNotHaveIsDamage) {
  const auto run = store_->BeginRun(SomeRun(NewApp("web"), 0, {SomeAction("setup")}));
  ASSERT_TRUE(run);
  ASSERT_TRUE(store_->MarkStarted(*run, 0));
  store_.Close();
  Sql("UPDATE run_action SET position = 1");
  store_.Reopen();
  const auto loaded = store_->LoadRun(*run);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kCorruption);
}

// --- File systems that refuse

TEST_F(DatabaseDamageTest, AFullDiskIsTransientAndLosesNothing) {
  const TempDir mount;
  SqliteStoreOptions options = store_.Options();
  options.path = mount / "state.db";
  const auto outcome = PrivateMounts::Run(mount.path(), "size=1m", [&] {
    const auto store = store_.Open(options);
    ASSERT_TRUE(store) << store.error().ToString();
    ASSERT_TRUE((*store)->SaveApps({NewApp("kept")}, {}));
    Status status;
    int saved = 0;
    for (; status && saved < 10'000; ++saved) {
      status = (*store)->SaveApps({FullApp("app" + std::to_string(saved))}, {});
    }
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kTransient);
    EXPECT_EQ(status.error().primary().summary, "disk full") << status.error().ToString();
    EXPECT_THAT(status.error().primary().detail, HasSubstr(options.path));
    EXPECT_EQ(*(*store)->CountApps({}), static_cast<std::size_t>(saved)) << "kept and saved ones";

    ASSERT_TRUE(PrivateMounts::Remount(mount.path(), "size=8m", false));
    EXPECT_TRUE((*store)->SaveApps({NewApp("later")}, {})) << "the same store works on";
    EXPECT_TRUE((*store)->CheckIntegrity());
  });
  if (outcome == PrivateMounts::Outcome::kNoMounts) {
    GTEST_SKIP() << "this machine allows no mount namespaces";
  }
  EXPECT_EQ(outcome, PrivateMounts::Outcome::kPassed);
}

TEST_F(DatabaseDamageTest, AFullDiskAtTheFirstStartLeavesNoHalfDatabase) {
  const TempDir mount;
  SqliteStoreOptions options = store_.Options();
  options.path = mount / "state.db";
  const auto outcome = PrivateMounts::Run(mount.path(), "size=32k", [&] {
    const Error error = Refused(options);
    EXPECT_EQ(error.primary().summary, "disk full") << error.ToString();
    EXPECT_FALSE(std::filesystem::exists(options.path));
    ASSERT_TRUE(PrivateMounts::Remount(mount.path(), "size=8m", false));
    EXPECT_TRUE(store_.Open(options)) << "it works once there is room";
  });
  if (outcome == PrivateMounts::Outcome::kNoMounts) {
    GTEST_SKIP() << "this machine allows no mount namespaces";
  }
  EXPECT_EQ(outcome, PrivateMounts::Outcome::kPassed);
}

TEST_F(DatabaseDamageTest, AReadOnlyFileSystemCanBeLookedAtOnly) {
  const TempDir mount;
  SqliteStoreOptions options = store_.Options();
  options.path = mount / "state.db";
  const auto outcome = PrivateMounts::Run(mount.path(), "size=8m", [&] {
    ASSERT_TRUE((*store_.Open(options))->SaveApps({NewApp("web")}, {}));
    ASSERT_TRUE(PrivateMounts::Remount(mount.path(), "size=8m", true));
    const Error error = Refused(options);
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_THAT(error.primary().summary, HasSubstr("cannot be"));
    EXPECT_THAT(error.primary().detail, HasSubstr(options.path));
    options.read_only = true;
    const auto reader = store_.Open(options);
    ASSERT_TRUE(reader) << reader.error().ToString();
    EXPECT_EQ((*reader)->ListApps({})->size(), 1U);
  });
  if (outcome == PrivateMounts::Outcome::kNoMounts) {
    GTEST_SKIP() << "this machine allows no mount namespaces";
  }
  EXPECT_EQ(outcome, PrivateMounts::Outcome::kPassed);
}

TEST_F(DatabaseDamageTest, AFailingWriteIsTransientAndRecovers) {
  ASSERT_TRUE(store_->SaveApps({NewApp("kept")}, {}));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limited{.rlim_cur = 65536, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  Status status;
  for (int i = 0; status && i < 1000; ++i) {
    status = store_->SaveApps({FullApp("app" + std::to_string(i))}, {});
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kTransient) << status.error().ToString();
  EXPECT_THAT(status.error().primary().detail, HasSubstr(store_.path()));
  EXPECT_TRUE(store_->SaveApps({NewApp("later")}, {})) << "the same store works on";
  store_.Reopen();
  EXPECT_TRUE((*store_->LoadApp({"production", "kept"})).has_value());
  EXPECT_TRUE((*store_->LoadApp({"production", "later"})).has_value());
  EXPECT_TRUE(store_->CheckIntegrity());
}

}  // namespace
}  // namespace gitops

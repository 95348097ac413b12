#include "engine/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/store/sql.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/private_mounts.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::HasSubstr;

class DatabaseTest : public testing::Test {
 protected:
  /// Opens for writing and expects a refusal.
  Error Refused(const SqliteStoreOptions& options) {
    auto opened = store_.Open(options);
    EXPECT_FALSE(opened) << "it was opened";
    return opened ? SomeError() : opened.error();
  }
  Error Refused() { return Refused(store_.Options()); }

  /// For an opener that takes the lease with its first write.
  SqliteStoreOptions FirstWrite(const std::string& holder = "pid 1 on test") const {
    SqliteStoreOptions options = store_.Options(holder);
    options.lease = LeaseTime::kAtFirstWrite;
    return options;
  }

  /// A closed database with some content, enough for pages of several kinds.
  void Fill(int apps = 60) {
    std::vector<AppRecord> records;
    for (int i = 0; i < apps; ++i) records.push_back(FullApp("app" + std::to_string(i)));
    ASSERT_TRUE(store_->SaveApps(records, {SomeEvent("filled")}));
    store_.Close();
    ASSERT_FALSE(std::filesystem::exists(store_.path() + "-wal"));
  }

  std::string Bytes() const {
    std::ifstream file(store_.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void SetBytes(const std::string& bytes) const {
    std::ofstream(store_.path(), std::ios::binary | std::ios::trunc) << bytes;
  }

  void Sql(const std::string& sql) const {
    const auto connection = Connection::Open({.path = store_.path()});
    ASSERT_TRUE(connection);
    const Status status = (*connection)->Execute(sql);
    ASSERT_TRUE(status) << status.error().ToString();
  }

  std::set<std::string> FilesInDirectory() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(store_.directory())) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  TempStore store_;
};

// --- A new one

TEST_F(DatabaseTest, ANewDatabaseIsPrivateAndAlone) {
  struct stat info {};
  ASSERT_EQ(stat(store_.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  store_.Close();
  EXPECT_EQ(FilesInDirectory(), std::set<std::string>{"state.db"});
}

TEST_F(DatabaseTest, WhatAnInterruptedCreationLeftIsNoHindrance) {
  store_.Close();
  std::filesystem::rename(store_.path(), store_.path() + ".new");
  std::filesystem::resize_file(store_.path() + ".new", 5000);
  EXPECT_TRUE(store_.Open(store_.Options()));
  EXPECT_FALSE(std::filesystem::exists(store_.path() + ".new"));
}

TEST_F(DatabaseTest, TheDirectoryMustExist) {
  SqliteStoreOptions options = store_.Options();
  options.path = store_.directory() + "/none/state.db";
  const Error error = Refused(options);
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_THAT(error.primary().hint, HasSubstr("mkdir"));
}

// --- The lease

TEST_F(DatabaseTest, AnOldEpochIsRefusedAndNamesTheNewHolder) {
  const auto second = store_.Open(store_.Options("pid 4711 on elsewhere"));
  ASSERT_TRUE(second);
  const Status old = store_->SaveApps({NewApp("web")}, {});
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(old.error().primary().detail, HasSubstr("pid 4711 on elsewhere"));
  EXPECT_FALSE(store_->AppendEvents({SomeEvent("late")}));
  EXPECT_TRUE(store_->ListEvents({})->empty());
  EXPECT_TRUE(store_->ListApps({})) << "reading goes on";
  EXPECT_TRUE((*second)->SaveApps({NewApp("web")}, {}));
}

TEST_F(DatabaseTest, AnOpenerThatOnlyReadsWritesNothing) {
  Fill();
  const std::string before = Bytes();
  {
    const auto looking = store_.Open(FirstWrite());
    ASSERT_TRUE(looking);
    EXPECT_EQ((*looking)->ListApps({})->size(), 60U);
    EXPECT_TRUE((*looking)->SaveApps({}, {})) << "nothing to save";
  }
  EXPECT_EQ(Bytes(), before);
}

TEST_F(DatabaseTest, TheFirstWriteTakesTheLease) {
  const auto second = store_.Open(FirstWrite("pid 4711 on elsewhere"));
  ASSERT_TRUE(second);
  const auto rows = store_.counters().rows_written.load();
  ASSERT_TRUE((*second)->SaveApps({NewApp("web")}, {}));
  EXPECT_EQ(store_.counters().rows_written.load(), rows + 1) << "the lease is no row of the caller";
  ASSERT_TRUE((*second)->SaveApps({NewApp("api")}, {})) << "it keeps the lease";
  const Status old = store_->SaveApps({NewApp("late")}, {});
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(old.error().primary().detail, HasSubstr("pid 4711 on elsewhere"));
}

TEST_F(DatabaseTest, AFirstWriteAfterAnothersIsRefused) {
  const auto stale = store_.Open(FirstWrite());
  const auto idle = store_.Open(FirstWrite());
  ASSERT_TRUE(stale && idle);
  ASSERT_TRUE((*stale)->SaveApps({}, {})) << "saves nothing and takes nothing";
  ASSERT_TRUE(store_->SaveApps({NewApp("web")}, {})) << "the lease is still with the first";
  const Status late = (*stale)->SaveApps({NewApp("old")}, {});
  ASSERT_FALSE(late) << "what it has read may be out of date";
  EXPECT_EQ(late.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(late.error().primary().summary, "the state was changed meanwhile");
  const auto newer = store_.Open(FirstWrite("pid 2"));
  ASSERT_TRUE((*newer)->SaveApps({NewApp("api")}, {}));
  EXPECT_EQ((*idle)->SaveApps({NewApp("old")}, {}).error().kind, ErrorKind::kConflict);
  EXPECT_EQ((*newer)->ListApps({})->size(), 2U);
}

TEST_F(DatabaseTest, ARunOfALostLeaseCannotGoOn) {
  const auto run = store_->BeginRun(SomeRun(NewApp("web"), 0, {SomeAction("setup")}));
  ASSERT_TRUE(run);
  const auto second = *store_.Open(store_.Options("pid 2"));
  EXPECT_EQ(store_->MarkStarted(*run, 0).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(second->LoadRecorded({"production", "web"})->steps.empty());
  EXPECT_TRUE(second->MarkStarted(*run, 0)) << "the new holder takes the run over";
}

TEST_F(DatabaseTest, ABusyDatabaseIsAConflictThatNamesTheHolder) {
  store_.Close();
  SqliteStoreOptions options = store_.Options();
  options.write_timeout = std::chrono::milliseconds(50);
  const auto store = store_.Open(options);
  ASSERT_TRUE(store) << store.error().ToString();
  const auto other = Connection::Open({.path = store_.path()});
  ASSERT_TRUE(other);
  Transaction transaction(**other);
  ASSERT_TRUE(transaction.Begin(Transaction::Mode::kImmediate));
  const Status busy = (*store)->SaveApps({NewApp("web")}, {});
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(busy.error().primary().summary, "the state database is busy");
  EXPECT_THAT(busy.error().primary().detail, HasSubstr("pid 1 on test"));
  EXPECT_TRUE((*store)->ListApps({})) << "readers do not wait for writers";
  ASSERT_TRUE(transaction.Commit());
  EXPECT_TRUE((*store)->SaveApps({NewApp("web")}, {}));
}

// --- Reading only

TEST_F(DatabaseTest, ReadingOnlyBesideAWriter) {
  ASSERT_TRUE(store_->SaveApps({NewApp("web")}, {}));
  SqliteStoreOptions options = store_.Options();
  options.read_only = true;
  const auto reader = store_.Open(options);
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_EQ((*reader)->ListApps({})->size(), 1U);
  ASSERT_TRUE(store_->SaveApps({NewApp("api")}, {})) << "the writer keeps its lease";
  EXPECT_EQ((*reader)->ListApps({})->size(), 2U);
  const Status write = (*reader)->SaveApps({NewApp("no")}, {});
  ASSERT_FALSE(write);
  EXPECT_EQ(write.error().kind, ErrorKind::kConflict);
}

TEST_F(DatabaseTest, ReadingOnlyLeavesNoTrace) {
  Fill();
  const std::string before = Bytes();
  SqliteStoreOptions options = store_.Options();
  options.read_only = true;
  {
    const auto reader = store_.Open(options);
    ASSERT_TRUE(reader) << reader.error().ToString();
    EXPECT_EQ((*reader)->ListApps({})->size(), 60U);
    EXPECT_TRUE((*reader)->CheckIntegrity());
    EXPECT_FALSE((*reader)->AppendEvents({SomeEvent("no")}));
  }
  EXPECT_EQ(Bytes(), before);
  EXPECT_EQ(FilesInDirectory(), std::set<std::string>{"state.db"});
}

TEST_F(DatabaseTest, ReadingOnlyDoesNotCreate) {
  store_.Close();
  std::filesystem::remove(store_.path());
  SqliteStoreOptions options = store_.Options();
  options.read_only = true;
  EXPECT_EQ(Refused(options).kind, ErrorKind::kNotFound);
  EXPECT_TRUE(FilesInDirectory().empty());
}

TEST_F(DatabaseTest, ReadingOnlySeesWhatACrashLeftInTheLog) {
  ASSERT_TRUE(store_->SaveApps({NewApp("web")}, {}));
  // A copy of a database in use is what a crash leaves behind.
  const TempDir crashed;
  for (const char* name : {"state.db", "state.db-wal"}) {
    std::filesystem::copy(store_.directory() + "/" + name, crashed / name);
  }
  SqliteStoreOptions options = store_.Options();
  options.path = crashed / "state.db";
  options.read_only = true;
  {
    const auto reader = store_.Open(options);
    ASSERT_TRUE(reader) << reader.error().ToString();
    EXPECT_EQ((*reader)->ListApps({})->size(), 1U);
  }
  options.read_only = false;
  EXPECT_EQ((*store_.Open(options))->ListApps({})->size(), 1U);
}

// --- Files that are not fit

TEST_F(DatabaseTest, WhatOthersMayWriteIsRefused) {
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

TEST_F(DatabaseTest, WhatBelongsToAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  store_.Close();
  ASSERT_EQ(chown(store_.path().c_str(), 65534, 65534), 0);
  EXPECT_THAT(Refused().primary().detail, HasSubstr("belongs to user 65534"));
}

TEST_F(DatabaseTest, OnlyARegularFileIsADatabase) {
  store_.Close();
  std::filesystem::remove(store_.path());
  std::filesystem::create_directory(store_.path());
  EXPECT_EQ(Refused().primary().summary, "the state database is not a regular file");
}

TEST_F(DatabaseTest, AnEmptyFileIsDamage) {
  store_.Close();
  SetBytes("");
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kCorruption);
  EXPECT_THAT(error.primary().hint, HasSubstr("tfgrid-compose restore FILE"));
  EXPECT_EQ(Bytes(), "") << "nothing is made anew";
}

TEST_F(DatabaseTest, AnotherMagicIsDamage) {
  store_.Close();
  for (const std::string& bytes : {std::string("#!/bin/sh\n"), std::string(8192, '\0')}) {
    SetBytes(bytes);
    EXPECT_EQ(Refused().kind, ErrorKind::kCorruption);
    EXPECT_EQ(Bytes(), bytes);
  }
}

TEST_F(DatabaseTest, ACutOffFileIsDamage) {
  Fill();
  const std::string whole = Bytes();
  for (const std::size_t size :
       {std::size_t{50}, std::size_t{100}, std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    SetBytes(whole.substr(0, size));
    EXPECT_EQ(Refused().kind, ErrorKind::kCorruption) << size;
    EXPECT_EQ(Bytes().size(), size);
  }
}

TEST_F(DatabaseTest, EveryZeroedPageIsDamage) {
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

TEST_F(DatabaseTest, DamageInALargeDatabaseIsFoundWhenItIsReadAndByTheFullCheck) {
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

TEST_F(DatabaseTest, AMissingFileBesideItsJournalOrCopiesIsNotReplaced) {
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

TEST_F(DatabaseTest, ADatabaseOfAnotherProgramIsRefused) {
  store_.Close();
  Sql("PRAGMA application_id = 1");
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kCorruption);
  EXPECT_EQ(error.primary().summary, "not a state database of tfgrid-compose");
}

TEST_F(DatabaseTest, ANewerSchemaIsRefusedAndBothVersionsAreNamed) {
  store_.Close();
  Sql("PRAGMA user_version = 7; UPDATE meta SET value = '9.9.9' WHERE key = 'written_by'");
  const std::string before = Bytes();
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.primary().summary, "the state database is newer than this program");
  EXPECT_THAT(error.primary().detail, HasSubstr("schema version 7"));
  EXPECT_THAT(error.primary().detail, HasSubstr("9.9.9"));
  EXPECT_THAT(error.primary().detail, HasSubstr("1.0.0"));
  EXPECT_THAT(error.primary().hint, HasSubstr("install 9.9.9"));
  EXPECT_EQ(Bytes(), before);
}

TEST_F(DatabaseTest, AnotherKeyIsNoticedAtOnce) {
  store_.Close();
  SqliteStoreOptions options = store_.Options();
  options.seal_key = Secret(std::string(32, 'q'));
  const Error error = Refused(options);
  EXPECT_EQ(error.kind, ErrorKind::kCorruption);
  EXPECT_EQ(error.primary().summary, "the key does not belong to the state database");
  options.seal_key = Secret("short");
  EXPECT_EQ(Refused(options).kind, ErrorKind::kInvalid);
}

TEST_F(DatabaseTest, SealedOutputsThatWereChangedAreDamage) {
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

TEST_F(DatabaseTest, UnknownStoredNamesAreDamage) {
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

TEST_F(DatabaseTest, AnActionThatThePlanDoesNotHaveIsDamage) {
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

TEST_F(DatabaseTest, AFullDiskIsTransientAndLosesNothing) {
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

TEST_F(DatabaseTest, AFullDiskAtTheFirstStartLeavesNoHalfDatabase) {
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

TEST_F(DatabaseTest, AReadOnlyFileSystemCanBeLookedAtOnly) {
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

TEST_F(DatabaseTest, AFailingWriteIsTransientAndRecovers) {
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

// Opening a state database: a new one, the lease, reading only, one that is not this program's.
#include "engine/store/database.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/store/database_fixture.h"

namespace gitops {
namespace {

using testing::HasSubstr;

class DatabaseTest : public DatabaseFixture {};

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

// --- Of another program, version or key

TEST_F(DatabaseTest, ADatabaseOfAnotherProgramIsRefused) {
  store_.Close();
  Sql("PRAGMA application_id = 1");
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kCorruption);
  EXPECT_EQ(error.primary().summary, "not a state database of tfgrid-compose");
}

TEST_F(DatabaseTest, ANewerSchemaIsRefusedAndBothVersionsAreNamed) {
  store_.Close();
  Sql("PRAGMA user_version = 9; UPDATE meta SET value = '9.9.9' WHERE key = 'written_by'");
  const std::string before = Bytes();
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.primary().summary, "the state database is newer than this program");
  EXPECT_THAT(error.primary().detail, HasSubstr("schema version 9"));
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

}  // namespace
}  // namespace gitops

#include "engine/store/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "engine/base/timestamp.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    EXPECT_TRUE(store_->SaveApps({NewApp("saved")}, {}));
    EXPECT_TRUE(store_->Backup(backup_));
    EXPECT_TRUE(store_->SaveApps({NewApp("later")}, {}));
  }

  Result<std::string> Restore(const std::string& file) {
    return RestoreBackup(file, store_.path(), "1.0.0", *ParseTimestamp("2026-11-21T08:15:30.250Z"));
  }

  std::size_t CountApps(const std::string& path) {
    SqliteStoreOptions options = store_.Options();
    options.path = path;
    const auto store = store_.Open(options);
    EXPECT_TRUE(store) << store.error().ToString();
    return store ? *(*store)->CountApps({}) : 0;
  }

  static std::string Bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempStore store_;
  const TempDir elsewhere_;
  const std::string backup_ = elsewhere_ / "backup.db";
};

TEST_F(BackupTest, ABackupIsOnePrivateFile) {
  struct stat info {};
  ASSERT_EQ(stat(backup_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_FALSE(fs::exists(backup_ + "-wal"));
  EXPECT_EQ(CountApps(backup_), 1U);
}

TEST_F(BackupTest, ABackupReplacesNothing) {
  const std::string before = Bytes(backup_);
  const Status again = store_->Backup(backup_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Bytes(backup_), before);
}

TEST_F(BackupTest, ABackupNeedsAPlace) {
  EXPECT_EQ(store_->Backup(elsewhere_ / "none/backup.db").error().kind, ErrorKind::kTransient);
}

TEST_F(BackupTest, AReadOnlyStoreIsBackedUpToo) {
  SqliteStoreOptions options = store_.Options();
  options.read_only = true;
  ASSERT_TRUE((*store_.Open(options))->Backup(elsewhere_ / "live.db"));
  store_.Close();
  ASSERT_TRUE((*store_.Open(options))->Backup(elsewhere_ / "idle.db"));
  EXPECT_EQ(CountApps(elsewhere_ / "live.db"), 2U);
  EXPECT_EQ(CountApps(elsewhere_ / "idle.db"), 2U);
}

TEST_F(BackupTest, RestoringKeepsWhatItReplaces) {
  store_.Close();
  const std::string before = Bytes(backup_);
  const auto replaced = Restore(backup_);
  ASSERT_TRUE(replaced) << replaced.error().ToString();
  EXPECT_EQ(*replaced, store_.path() + ".replaced-20261121T081530Z");
  EXPECT_EQ(CountApps(store_.path()), 1U);
  EXPECT_EQ(CountApps(*replaced), 2U);
  EXPECT_EQ(Bytes(backup_), before) << "the backup itself is not used up";
  store_.Reopen();
  EXPECT_TRUE(store_->SaveApps({NewApp("new")}, {}));
}

TEST_F(BackupTest, RestoringTwiceInOneSecondKeepsBoth) {
  store_.Close();
  ASSERT_TRUE(Restore(backup_));
  const auto second = Restore(backup_);
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, store_.path() + ".replaced-20261121T081530Z-2");
}

TEST_F(BackupTest, RestoringToANewPlace) {
  const std::string target = elsewhere_ / "state.db";
  const auto replaced = RestoreBackup(backup_, target, "1.0.0", At(0));
  ASSERT_TRUE(replaced);
  EXPECT_EQ(*replaced, "");
  EXPECT_EQ(CountApps(target), 1U);
}

TEST_F(BackupTest, RestoringOverADamagedDatabase) {
  store_.Close();
  std::ofstream(store_.path(), std::ios::trunc) << "garbage";
  std::ofstream(store_.path() + "-wal") << "an old log";
  const auto replaced = Restore(backup_);
  ASSERT_TRUE(replaced) << replaced.error().ToString();
  EXPECT_EQ(Bytes(*replaced), "garbage");
  EXPECT_EQ(Bytes(*replaced + "-wal"), "an old log") << "a log never meets another database";
  EXPECT_FALSE(fs::exists(store_.path() + "-wal"));
  EXPECT_EQ(CountApps(store_.path()), 1U);
}

TEST_F(BackupTest, AnInterruptedRestoreIsNoticedAndFinished) {
  store_.Close();
  // As it is after the old database was moved away and before the new one came.
  fs::copy(backup_, store_.path() + ".restoring");
  fs::rename(store_.path(), store_.path() + ".replaced-x");
  const auto refused = store_.Open(store_.Options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorruption);
  ASSERT_TRUE(Restore(backup_));
  EXPECT_EQ(CountApps(store_.path()), 1U);
  EXPECT_FALSE(fs::exists(store_.path() + ".restoring"));
}

TEST_F(BackupTest, NothingIsPutBesideWhatBelongedToAnother) {
  // SQLite would take it for its own.
  for (const std::string suffix : {"-shm", "-journal"}) {
    const std::string target = elsewhere_ / ("with" + suffix + ".db");
    fs::create_directories(target + suffix + "/cannot be removed");
    EXPECT_FALSE(RestoreBackup(backup_, target, "1.0.0", At(0))) << suffix;
    EXPECT_FALSE(fs::exists(target)) << suffix;
  }
}

TEST_F(BackupTest, ARestoreThatDiedBeforeItMovedAnythingChangesNothing) {
  store_.Close();
  std::ofstream(store_.path() + ".restoring") << "half a copy";
  EXPECT_EQ(CountApps(store_.path()), 2U);
}

TEST_F(BackupTest, ABadBackupTouchesNothing) {
  store_.Close();
  const std::string before = Bytes(store_.path());
  const std::string good = Bytes(backup_);
  const auto refuse = [&](const std::string& bytes, ErrorKind kind) {
    const std::string bad = elsewhere_ / "bad.db";
    std::ofstream(bad, std::ios::binary | std::ios::trunc) << bytes;
    const auto refused = Restore(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, kind) << refused.error().ToString();
    EXPECT_EQ(Bytes(store_.path()), before);
    EXPECT_FALSE(fs::exists(store_.path() + ".restoring"));
  };
  EXPECT_EQ(Restore(elsewhere_ / "none.db").error().kind, ErrorKind::kNotFound);
  refuse("", ErrorKind::kCorruption);
  refuse("not a database", ErrorKind::kCorruption);
  refuse(good.substr(0, good.size() / 2), ErrorKind::kCorruption);
  std::string zeroed = good;
  std::fill_n(zeroed.begin() + 8 * 4096, 4096, '\0');
  refuse(zeroed, ErrorKind::kCorruption);
  std::string newer = good;
  newer[63] = 99;  // The last byte of the header's user_version.
  refuse(newer, ErrorKind::kInvalid);
  std::string foreign = good;
  foreign[68] = 'x';  // The first byte of application_id.
  refuse(foreign, ErrorKind::kCorruption);
}

TEST_F(BackupTest, ADatabaseInUseIsNoBackup) {
  const TempStore other;
  EXPECT_EQ(Restore(other.path()).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace gitops

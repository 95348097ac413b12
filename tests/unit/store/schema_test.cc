#include "engine/store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/store/database.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::HasSubstr;

/// The present schema with two more steps, as a later program would have it.
Schema LaterSchema() {
  Schema schema = CurrentSchema();
  const int present = schema.version;
  schema.version = present + 2;
  schema.migrations.push_back(
      {.to = present + 1,
       .name = "owners of apps",
       .sql = "ALTER TABLE app ADD COLUMN owner TEXT NOT NULL DEFAULT '';"});
  schema.migrations.push_back({.to = present + 2,
                               .name = "notes",
                               .sql =
                                   "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
                                   "INSERT INTO note (text) SELECT 'app ' || name FROM app;"});
  schema.create_sql += schema.migrations[0].sql + schema.migrations[1].sql;
  return schema;
}

class SchemaTest : public testing::Test {
 protected:
  SchemaTest() {
    EXPECT_TRUE(store_->SaveApps({NewApp("web"), NewApp("api")}, {}));
    store_.Close();
  }

  SqliteStoreOptions Later() {
    SqliteStoreOptions options = store_.Options();
    options.binary_version = "2.0.0";
    return options;
  }

  std::int64_t Number(const std::string& file, const std::string& sql) {
    const auto connection = Connection::Open({.path = file});
    EXPECT_TRUE(connection) << connection.error().ToString();
    const auto number = (*connection)->Number(sql);
    EXPECT_TRUE(number) << number.error().ToString();
    return number ? number->value_or(-1) : -1;
  }

  bool HasCopy() const { return std::filesystem::exists(Copy()); }
  std::string Copy() const {
    return store_.path() + ".before-v" + std::to_string(LaterSchema().version);
  }

  TempStore store_;
};

TEST_F(SchemaTest, StepsRunInOrderAfterACopyWasMade) {
  {
    const auto database = OpenDatabase(Later(), LaterSchema(), At(0));
    ASSERT_TRUE(database) << database.error().ToString();
  }
  EXPECT_EQ(Number(store_.path(), "PRAGMA user_version"), LaterSchema().version);
  EXPECT_EQ(Number(store_.path(), "SELECT count(*) FROM note"), 2);
  EXPECT_EQ(Number(store_.path(), "SELECT count(*) FROM app WHERE owner = ''"), 2);
  ASSERT_TRUE(HasCopy());
  EXPECT_EQ(Number(Copy(), "PRAGMA user_version"), CurrentSchema().version);
  EXPECT_EQ(Number(Copy(), "SELECT count(*) FROM app"), 2);
  EXPECT_EQ(std::filesystem::status(Copy()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SchemaTest, TheOlderProgramRefusesTheNewerDatabase) {
  ASSERT_TRUE(OpenDatabase(Later(), LaterSchema(), At(0)));
  const auto refused = store_.Open(store_.Options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().primary().detail, HasSubstr("written by 2.0.0; this is 1.0.0"));
  EXPECT_EQ(Number(store_.path(), "PRAGMA user_version"), LaterSchema().version);
}

TEST_F(SchemaTest, AStepThatFailsLeavesTheVersionBeforeIt) {
  Schema broken = LaterSchema();
  broken.migrations[1].sql += "INSERT INTO no_such_table VALUES (1);";
  const auto failed = OpenDatabase(Later(), broken, At(0));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().primary().detail, HasSubstr("migration \"notes\""));
  EXPECT_EQ(Number(store_.path(), "PRAGMA user_version"), CurrentSchema().version + 1);
  EXPECT_EQ(Number(store_.path(), "SELECT count(*) FROM sqlite_master WHERE name = 'note'"), 0);
  EXPECT_TRUE(HasCopy());
  // The corrected program goes on from there.
  ASSERT_TRUE(OpenDatabase(Later(), LaterSchema(), At(0)));
  EXPECT_EQ(Number(store_.path(), "SELECT count(*) FROM note"), 2);
}

TEST_F(SchemaTest, ACopyOfAnEarlierTryIsReplaced) {
  std::ofstream(Copy()) << "old";
  std::ofstream(Copy() + ".new") << "half";
  ASSERT_TRUE(OpenDatabase(Later(), LaterSchema(), At(0)));
  EXPECT_EQ(Number(Copy(), "SELECT count(*) FROM app"), 2);
  EXPECT_FALSE(std::filesystem::exists(Copy() + ".new"));
}

TEST_F(SchemaTest, ReadingOnlyDoesNotMigrate) {
  SqliteStoreOptions options = Later();
  options.read_only = true;
  const auto refused = OpenDatabase(options, LaterSchema(), At(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Number(store_.path(), "PRAGMA user_version"), CurrentSchema().version);
  EXPECT_FALSE(HasCopy());
}

TEST_F(SchemaTest, ThePresentVersionIsNotCopied) {
  ASSERT_TRUE(store_.Open(store_.Options()));
  EXPECT_FALSE(HasCopy());
}

TEST_F(SchemaTest, AVersionBeforeTheFirstIsNotOurs) {
  {
    const auto connection = Connection::Open({.path = store_.path()});
    ASSERT_TRUE((*connection)->Execute("PRAGMA user_version = 0"));
  }
  const auto refused = store_.Open(store_.Options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorruption);
}

/// A database made by each schema version must open in this program; version 1 is the only one.
TEST_F(SchemaTest, EveryVersionHasItsStep) {
  const Schema schema = CurrentSchema();
  int version = 1;
  for (const Migration& migration : schema.migrations) {
    EXPECT_EQ(migration.to, ++version);
    EXPECT_FALSE(migration.name.empty());
  }
  EXPECT_EQ(version, schema.version);
}

}  // namespace
}  // namespace gitops

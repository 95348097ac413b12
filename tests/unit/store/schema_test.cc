#include "engine/store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/store/database.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/sqlite_drift_store.h"
#include "engine/store/state_database.h"
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
  for (const Migration& migration : schema.migrations) {
    if (migration.to > present) schema.create_sql += migration.sql;
  }
  return schema;
}

std::string ReadTestFile(const std::string& path) {
  const std::ifstream file(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
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
  broken.migrations.back().sql += "INSERT INTO no_such_table VALUES (1);";
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

/// The tables and columns of a database, in a form that does not depend on how they were made.
std::vector<std::string> Shape(const std::string& file) {
  const auto connection = Connection::Open({.path = file});
  Query query(**connection,
              "SELECT m.type || ' ' || m.name || ' ' || ifnull(c.name || ' ' || c.type || ' ' ||"
              " c.\"notnull\" || ' ' || ifnull(c.dflt_value, ''), '') FROM sqlite_master AS m"
              " LEFT JOIN pragma_table_info(m.name) AS c ORDER BY 1");
  std::vector<std::string> lines;
  while (query.Next().value()) lines.push_back(query.Text(0));
  return lines;
}

TEST_F(SchemaTest, AVersion1DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  const Schema first{
      .version = 1, .create_sql = ReadTestFile("tests/unit/store/schema_v1.sql"), .migrations = {}};
  {
    const auto database = OpenDatabase(options, first, At(0));
    ASSERT_TRUE(database) << database.error().ToString();
    ASSERT_TRUE(database->writer->Execute(
        "INSERT INTO app (environment, name, source, directory, tree, revision_ref, "
        "revision_commit,"
        " presence, pattern, depends_on, sync, health, reason, diagnostics, dirty, desired_digest,"
        " applied_ref, applied_commit, current_snapshot, pinned_snapshot, rejected, last_run)"
        " VALUES ('default', 'web', 'apps', 'web', x'', 'main', x'', 'present', 'vm', '', 'Synced',"
        " 'Healthy', '', '', 0, 'd', 'main', x'', 3, 0, '', 7)"));
  }
  {
    const auto store = store_.Open(options);
    ASSERT_TRUE(store) << store.error().ToString();
    const auto web = (*store)->LoadApp({"default", "web"});
    ASSERT_TRUE(web && *web);
    EXPECT_EQ((*web)->current_snapshot, 3);
    EXPECT_EQ((*web)->owed_rollback, 0);
  }
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
}

TEST_F(SchemaTest, AVersion2DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  Schema second = CurrentSchema();
  second.version = 2;
  second.create_sql = ReadTestFile("tests/unit/store/schema_v2.sql");
  second.migrations.resize(1);
  {
    const auto database = OpenDatabase(options, second, At(0));
    ASSERT_TRUE(database) << database.error().ToString();
    ASSERT_TRUE(database->writer->Execute(
        "INSERT INTO event (at_ms, severity, type, source, environment, name, run, message)"
        " VALUES (5000, 'note', 'source.updated', 'apps', '', '', 0, 'kept')"));
  }
  {
    const auto database = StateDatabase::Open(options, store_.clock(), store_.counters());
    ASSERT_TRUE(database) << database.error().ToString();
    EXPECT_EQ(MakeSqliteStore(*database)->ListEvents({})->at(0).message, "kept");
    EXPECT_EQ(*MakeSqliteDeliveryStore(*database)->AskForSource("apps", "ann"), 1U);
  }
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
}

TEST_F(SchemaTest, AVersion3DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  Schema third = CurrentSchema();
  third.version = 3;
  third.create_sql = ReadTestFile("tests/unit/store/schema_v3.sql");
  third.migrations.resize(2);
  ASSERT_TRUE(OpenDatabase(options, third, At(0)));
  ASSERT_TRUE(store_.Open(options));
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
  EXPECT_EQ(Number(options.path, "SELECT last FROM audit_ends"), 0);
}

TEST_F(SchemaTest, AVersion4DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  Schema fourth = CurrentSchema();
  fourth.version = 4;
  fourth.create_sql = ReadTestFile("tests/unit/store/schema_v4.sql");
  fourth.migrations.resize(3);
  {
    const auto database = OpenDatabase(options, fourth, At(0));
    ASSERT_TRUE(database) << database.error().ToString();
    ASSERT_TRUE(database->writer->Execute(
        "INSERT INTO event (at_ms, severity, type, source, environment, name, run, message)"
        " VALUES (5000, 'note', 'source.updated', 'apps', '', '', 0, 'old news')"));
  }
  ASSERT_TRUE(store_.Open(options));
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
  EXPECT_EQ(Number(options.path, "SELECT event FROM outbox_reader"), 1);
}

TEST_F(SchemaTest, AVersion5DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  Schema fifth = CurrentSchema();
  fifth.version = 5;
  fifth.create_sql = ReadTestFile("tests/unit/store/schema_v5.sql");
  fifth.migrations.resize(4);
  {
    const auto database = OpenDatabase(options, fifth, At(0));
    ASSERT_TRUE(database) << database.error().ToString();
    ASSERT_TRUE(database->writer->Execute(
        "INSERT INTO source_look (source, number, at_ms, result) VALUES ('apps', 1, 0, 'main');"
        "INSERT INTO delivery (source, provider, delivery_id, body_sha256, received_at_ms, kind,"
        " summary, outcome, asked, repeats)"
        " VALUES ('apps', 'github', 'd', 'e', 0, 'push', '', 'accepted', 1, 0)"));
  }
  {
    const auto database = StateDatabase::Open(options, store_.clock(), store_.counters());
    ASSERT_TRUE(database) << database.error().ToString();
    const auto deliveries = MakeSqliteDeliveryStore(*database)->ListDeliveries({});
    ASSERT_TRUE(deliveries && deliveries->size() == 1);
    EXPECT_EQ(deliveries->front().event, 0);
    EXPECT_EQ(deliveries->front().look->result, "main");
  }
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
}

TEST_F(SchemaTest, AVersion6DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  Schema sixth = CurrentSchema();
  sixth.version = 6;
  sixth.create_sql = ReadTestFile("tests/unit/store/schema_v6.sql");
  sixth.migrations.resize(5);
  {
    const auto database = OpenDatabase(options, sixth, At(0));
    ASSERT_TRUE(database) << database.error().ToString();
    ASSERT_TRUE(database->writer->Execute(
        "INSERT INTO idempotency (token, key, request, process, created_at_ms)"
        " VALUES (1, 'k', 'd', 'p', 0)"));
  }
  ASSERT_TRUE(store_.Open(options));
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
  EXPECT_EQ(Number(options.path, "SELECT count(*) FROM idempotency"), 1);
}

TEST_F(SchemaTest, AVersion7DatabaseBecomesWhatANewOneIs) {
  const TempDir directory;
  SqliteStoreOptions options = store_.Options();
  options.path = directory / "state.db";
  Schema seventh = CurrentSchema();
  seventh.version = 7;
  seventh.create_sql = ReadTestFile("tests/unit/store/schema_v7.sql");
  seventh.migrations.resize(6);
  ASSERT_TRUE(OpenDatabase(options, seventh, At(0)));
  {
    const auto database = StateDatabase::Open(options, store_.clock(), store_.counters());
    ASSERT_TRUE(database) << database.error().ToString();
    const auto looks = MakeSqliteDriftStore(*database)->ListLooks(true);
    ASSERT_TRUE(looks) << looks.error().ToString();
    EXPECT_TRUE(looks->empty());
  }
  EXPECT_EQ(Shape(options.path), Shape(store_.path()));
}

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

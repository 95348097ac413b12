// Schema: the tables of this program's version and the steps that bring older databases to it.
// `PRAGMA user_version` is the schema's version, `PRAGMA application_id` says that a database is
// ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/store/sql.h"

namespace gitops {

/// "tfgc" in ASCII, in the file's header at byte 68.
inline constexpr std::int64_t kApplicationId = 0x74666763;

/// One step from version `to - 1` to `to`. Steps are never changed once they are released.
struct Migration {
  int to = 0;
  std::string name;
  std::string sql;
};

struct Schema {
  int version = 0;
  std::string create_sql;             ///< Makes a new database of `version`.
  std::vector<Migration> migrations;  ///< From the oldest on; the last one's `to` is `version`.
};

/// The schema of this program.
Schema CurrentSchema();

/// The text of schema.sql.
std::string_view SchemaSql();

/// Who writes a new or migrated database; kept in its table `meta`.
struct SchemaWriter {
  std::string binary_version;
  Secret seal_key;
};

/// Makes a new database at `path`, which must not exist, with mode 0600. It appears complete or not
/// at all: it is made under another name first. Errors: kTransient, kConflict (it exists).
Status CreateDatabase(const std::string& path, const Schema& schema, const SchemaWriter& writer);

/// Refuses a database that is not ours or newer than `schema`. Returns its version. Errors:
/// kCorruption (not ours, incomplete), kInvalid (newer: names both versions).
Result<int> CheckSchema(Connection& connection, const Schema& schema,
                        std::string_view binary_version);

/// Brings a database of version `from` to `schema`, each step in a transaction of its own. Before
/// the first one it copies the database to "<path>.before-v<version>".
Status Migrate(Connection& connection, int from, const Schema& schema,
               std::string_view binary_version);

/// Errors: kCorruption when `key` is not the one this database was made with.
Status CheckSealKey(Connection& connection, const Secret& key);

}  // namespace gitops

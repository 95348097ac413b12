#include "engine/store/schema.h"

#include "engine/base/seal.h"
#include "engine/store/state_file.h"

namespace gitops {
namespace {

constexpr const char* kSealPurpose = "meta:seal_check";
constexpr const char* kSealText = "tfgrid-compose state";

/// Tables whose first page is read at each start, so that a damaged one is found before work
/// begins. Those of version 1: all later versions have them.
constexpr const char* kTables[] = {"meta", "lease",      "source",   "app",  "recorded_step",
                                   "run",  "run_action", "snapshot", "event"};

constexpr const char* kDeliveriesSql =
    "CREATE TABLE source_request (source TEXT PRIMARY KEY, asked INTEGER NOT NULL,"
    " looked INTEGER NOT NULL, asked_at_ms INTEGER NOT NULL, asked_by TEXT NOT NULL,"
    " waiting_since_ms INTEGER) WITHOUT ROWID;"
    "CREATE TABLE source_look (id INTEGER PRIMARY KEY, source TEXT NOT NULL,"
    " number INTEGER NOT NULL, at_ms INTEGER NOT NULL, result TEXT NOT NULL);"
    "CREATE INDEX look_of_source ON source_look (source, number);"
    "CREATE TABLE delivery (id INTEGER PRIMARY KEY, source TEXT NOT NULL, provider TEXT NOT NULL,"
    " delivery_id TEXT NOT NULL, body_sha256 TEXT NOT NULL, received_at_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL, summary TEXT NOT NULL, outcome TEXT NOT NULL, asked INTEGER NOT NULL,"
    " repeats INTEGER NOT NULL);"
    "CREATE INDEX delivery_of_source ON delivery (source, id);"
    "CREATE INDEX delivery_waiting ON delivery (source, delivery_id)"
    " WHERE delivery_id <> '' AND asked > 0;";

/// What version 4 has and version 3 had not.
constexpr const char* kAccessTables = R"sql(
CREATE INDEX app_by_name ON app (name, environment);
CREATE TABLE api_token (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  digest          BLOB    NOT NULL UNIQUE,
  name            TEXT    NOT NULL,
  role            TEXT    NOT NULL,
  apps            TEXT    NOT NULL,
  created_by      TEXT    NOT NULL,
  created_at_ms   INTEGER NOT NULL,
  expires_at_ms   INTEGER,
  last_used_at_ms INTEGER,
  revoked_at_ms   INTEGER
);
CREATE TABLE audit (
  id          INTEGER PRIMARY KEY,
  at_ms       INTEGER NOT NULL,
  actor       TEXT    NOT NULL,
  address     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  target      TEXT    NOT NULL,
  plan_digest TEXT    NOT NULL,
  result      TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  previous    TEXT    NOT NULL,
  hash        TEXT    NOT NULL
);
CREATE TABLE audit_ends (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  dropped      INTEGER NOT NULL,
  dropped_hash TEXT    NOT NULL,
  last         INTEGER NOT NULL,
  last_hash    TEXT    NOT NULL,
  seal         TEXT    NOT NULL
);
INSERT INTO audit_ends (id, dropped, dropped_hash, last, last_hash, seal)
VALUES (1, 0, '', 0, '', '');
CREATE TABLE idempotency (
  token         INTEGER NOT NULL,
  key           TEXT    NOT NULL,
  request       TEXT    NOT NULL,
  process       TEXT    NOT NULL,
  created_at_ms INTEGER NOT NULL,
  status        INTEGER,
  answer        TEXT,
  PRIMARY KEY (token, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at_ms);
)sql";

constexpr const char* kOutboxTables = R"sql(
CREATE TABLE outbox (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  target          TEXT    NOT NULL,
  topic           TEXT    NOT NULL,
  kind            TEXT    NOT NULL,
  source          TEXT    NOT NULL,
  environment     TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  revision_ref    TEXT    NOT NULL,
  revision_commit BLOB    NOT NULL,
  run             INTEGER NOT NULL,
  message         TEXT    NOT NULL,
  at_ms           INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  next_at_ms      INTEGER NOT NULL,
  error           TEXT    NOT NULL
);
CREATE INDEX outbox_of_topic ON outbox (target, topic, id);
CREATE INDEX outbox_due ON outbox (next_at_ms);
CREATE TABLE told (
  topic           TEXT PRIMARY KEY,
  kind            TEXT    NOT NULL,
  revision_commit BLOB    NOT NULL,
  at_ms           INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE outbox_reader (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  event INTEGER NOT NULL
);
-- What happened before is old news.
INSERT INTO outbox_reader (id, event) SELECT 1, COALESCE(MAX(id), 0) FROM event;
)sql";

constexpr const char* kCausesSql =
    "ALTER TABLE source_look ADD COLUMN apps INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE delivery ADD COLUMN event INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE delivery ADD COLUMN request TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX delivery_of_event ON delivery (event) WHERE event > 0;"
    "CREATE TABLE look_app (id INTEGER PRIMARY KEY, look INTEGER NOT NULL,"
    " environment TEXT NOT NULL, name TEXT NOT NULL, looks INTEGER NOT NULL,"
    " last_run INTEGER NOT NULL);"
    "CREATE INDEX app_of_look ON look_app (look);"
    "CREATE INDEX look_of_app ON look_app (environment, name, id);";

constexpr const char* kOperationsSql =
    "CREATE TABLE operation (id INTEGER PRIMARY KEY AUTOINCREMENT, actor TEXT NOT NULL,"
    " address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, request TEXT NOT NULL,"
    " environment TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, asked_by TEXT NOT NULL,"
    " exact INTEGER NOT NULL, serial INTEGER NOT NULL, last_run INTEGER NOT NULL,"
    " asked_at_ms INTEGER NOT NULL, ended_at_ms INTEGER, document TEXT NOT NULL);"
    "CREATE INDEX operation_unfinished ON operation (id) WHERE ended_at_ms IS NULL;";

constexpr const char* kDriftTables = R"sql(
CREATE TABLE drift (
  environment   TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  verdict       TEXT    NOT NULL,
  reason        TEXT    NOT NULL,
  serial        INTEGER NOT NULL,
  checked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (environment, name),
  FOREIGN KEY (environment, name) REFERENCES app (environment, name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE drift_step (
  environment TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  position    INTEGER NOT NULL,
  address     TEXT    NOT NULL,
  verdict     TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  PRIMARY KEY (environment, name, position),
  FOREIGN KEY (environment, name) REFERENCES app (environment, name) ON DELETE CASCADE
) WITHOUT ROWID;
)sql";

Error NotOurs(const std::string& path, const std::string& why) {
  return MakeError(ErrorKind::kCorruption, "not a state database of tfgrid-compose",
                   path + ": " + why,
                   "move the file away if it belongs to something else, or restore a backup: "
                   "tfgrid-compose restore FILE");
}

Result<std::string> WrittenBy(Connection& connection) {
  Query query(connection, "SELECT value FROM meta WHERE key = 'written_by'");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Text(0) : std::string("an unknown version");
}

/// Reads all pages of a small database. A large one would make every start slow; `doctor` checks
/// it.
Status QuickCheck(Connection& connection) {
  static constexpr std::int64_t kLargestChecked = 4 * 1024 * 1024;
  ASSIGN_OR_RETURN(const auto pages, connection.Number("PRAGMA page_count"));
  ASSIGN_OR_RETURN(const auto page_size, connection.Number("PRAGMA page_size"));
  if (pages.value_or(0) * page_size.value_or(0) > kLargestChecked) return {};
  Query query(connection, "PRAGMA quick_check(1)");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found && query.Text(0) == "ok") return {};
  return MakeError(ErrorKind::kCorruption, "the state database is damaged",
                   connection.path() + ": " + (found ? query.Text(0) : std::string()),
                   "keep a copy of the file, then restore a backup: tfgrid-compose restore FILE "
                   "(docs/state.md)");
}

Status FillNewDatabase(Connection& connection, const Schema& schema, const SchemaWriter& writer) {
  Transaction transaction(connection);
  RETURN_IF_ERROR(transaction.Begin(Transaction::Mode::kImmediate));
  RETURN_IF_ERROR(connection.Execute(schema.create_sql));
  RETURN_IF_ERROR(connection.Run("INSERT INTO meta (key, value) VALUES ('written_by', ?)",
                                 writer.binary_version));
  RETURN_IF_ERROR(connection.Run("INSERT INTO meta (key, value) VALUES ('seal_check', ?)",
                                 Blob{Seal(writer.seal_key, kSealPurpose, kSealText)}));
  RETURN_IF_ERROR(connection.Execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                                     "; PRAGMA user_version = " + std::to_string(schema.version) +
                                     ";"));
  return transaction.Commit();
}

Status RunMigration(Connection& connection, const Migration& migration,
                    std::string_view binary_version) {
  Transaction transaction(connection);
  RETURN_IF_ERROR(transaction.Begin(Transaction::Mode::kImmediate));
  if (Status status = connection.Execute(migration.sql); !status) {
    return std::move(status).error().WithContext(
        "migration \"" + migration.name + "\" to schema version " + std::to_string(migration.to));
  }
  RETURN_IF_ERROR(
      connection.Run("INSERT INTO meta (key, value) VALUES ('written_by', ?) "
                     "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                     binary_version));
  RETURN_IF_ERROR(
      connection.Execute("PRAGMA user_version = " + std::to_string(migration.to) + ";"));
  return transaction.Commit();
}

}  // namespace

Schema CurrentSchema() {
  return Schema{
      .version = 8,
      .create_sql = std::string(SchemaSql()),
      .migrations = {{.to = 2,
                      .name = "rollbacks that are owed",
                      .sql = "ALTER TABLE app ADD COLUMN owed_rollback INTEGER NOT NULL DEFAULT 0;"
                             "CREATE INDEX app_owing ON app (environment, name)"
                             " WHERE owed_rollback > 0;"},
                     {.to = 3, .name = "webhook deliveries", .sql = kDeliveriesSql},
                     {.to = 4, .name = "tokens and audit", .sql = kAccessTables},
                     {.to = 5, .name = "outbox", .sql = kOutboxTables},
                     {.to = 6, .name = "what deliveries caused", .sql = kCausesSql},
                     {.to = 7, .name = "accepted operations", .sql = kOperationsSql},
                     {.to = 8, .name = "drift", .sql = kDriftTables}}};
}

Status CreateDatabase(const std::string& path, const Schema& schema, const SchemaWriter& writer) {
  // What a crash during an earlier creation left; the caller holds the state lock.
  const std::string unfinished = path + ".new";
  RETURN_IF_ERROR(RemoveFile(unfinished));
  RETURN_IF_ERROR(CreateEmptyFile(unfinished));
  {
    ASSIGN_OR_RETURN(const auto connection, Connection::Open({.path = unfinished}));
    // Nobody sees the file before it is synced as a whole.
    RETURN_IF_ERROR(connection->Execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF"));
    RETURN_IF_ERROR(FillNewDatabase(*connection, schema, writer));
  }
  return PublishFile(unfinished, path);
}

Result<int> CheckSchema(Connection& connection, const Schema& schema,
                        std::string_view binary_version) {
  ASSIGN_OR_RETURN(const auto application, connection.Number("PRAGMA application_id"));
  if (application != kApplicationId) {
    return NotOurs(connection.path(), "it is a database of another program");
  }
  ASSIGN_OR_RETURN(const auto stored, connection.Number("PRAGMA user_version"));
  const std::int64_t version = stored.value_or(0);
  if (version > schema.version) {
    ASSIGN_OR_RETURN(const std::string writer, WrittenBy(connection));
    return MakeError(ErrorKind::kInvalid, "the state database is newer than this program",
                     connection.path() + " has schema version " + std::to_string(version) +
                         ", written by " + writer + "; this is " + std::string(binary_version) +
                         ", which knows versions up to " + std::to_string(schema.version),
                     "install " + writer +
                         " or newer, or restore the copy that was made before the upgrade: " +
                         "tfgrid-compose restore " + connection.path() + ".before-v" +
                         std::to_string(schema.version + 1));
  }
  const int oldest = schema.migrations.empty() ? schema.version : schema.migrations.front().to - 1;
  if (version < oldest) {
    return NotOurs(connection.path(), "it has the unknown schema version " +
                                          std::to_string(version) +
                                          "; its creation may have been "
                                          "interrupted");
  }
  for (const char* table : kTables) {
    ASSIGN_OR_RETURN(const auto row, connection.Number("SELECT 1 FROM " + std::string(table) +
                                                       " NOT INDEXED LIMIT 1"));
    (void)row;  // An empty table is fine: what counts is that it could be read.
  }
  RETURN_IF_ERROR(QuickCheck(connection));
  return static_cast<int>(version);
}

Status Migrate(Connection& connection, int from, const Schema& schema,
               std::string_view binary_version) {
  if (from == schema.version) return {};
  const std::string copy = connection.path() + ".before-v" + std::to_string(schema.version);
  // An older copy is from an earlier try, or from before a downgrade: this one replaces it.
  RETURN_IF_ERROR(RemoveFile(copy + ".new"));
  RETURN_IF_ERROR(CopyDatabase(connection, copy + ".new"));
  RETURN_IF_ERROR(ReplaceFile(copy + ".new", copy));
  for (const Migration& migration : schema.migrations) {
    if (migration.to <= from) continue;
    RETURN_IF_ERROR(RunMigration(connection, migration, binary_version));
  }
  return {};
}

Status CheckSealKey(Connection& connection, const Secret& key) {
  Query query(connection, "SELECT value FROM meta WHERE key = 'seal_check'");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NotOurs(connection.path(), "it lacks the mark of its key");
  const auto text = Unseal(key, kSealPurpose, query.Text(0));
  if (text && *text == kSealText) return {};
  return MakeError(ErrorKind::kCorruption, "the key does not belong to the state database",
                   connection.path() + " was made with another key: outputs in it cannot be read",
                   "put back the key file that was saved together with this database");
}

}  // namespace gitops

// Database: a checked state database with its connections and this process's lease. What
// StateDatabase shares out. Its members are guarded by StateDatabase's mutexes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/store/schema.h"
#include "engine/store/sql.h"
#include "engine/store/sqlite_store.h"

namespace gitops {

struct Database {
  // The writer is closed last: it then moves the log into the database and removes it.
  std::unique_ptr<Connection> writer;  ///< Null when opened read-only.
  std::unique_ptr<Connection> reader;
  std::int64_t epoch = 0;  ///< Of the lease; 0 when opened read-only.
  /// Set until the first write takes the lease (LeaseTime::kAtFirstWrite); `epoch` is then that of
  /// the holder before. SQLite's data_version at opening: it changes when somebody else writes.
  std::optional<std::int64_t> version_before_lease;
};

/// Checks, creates, migrates and opens as OpenSqliteStore says. Tests bring schemas of their own.
Result<Database> OpenDatabase(const SqliteStoreOptions& options, const Schema& schema,
                              WallTime now);

/// Another connection to a database that this process may have open already; it only reads. Makes
/// those checks of OpenDatabase that need no look at the file by other means than SQLite: a
/// process that opens and closes the file itself lets go of all locks that SQLite holds on it
/// (https://sqlite.org/howtocorrupt.html §2.2). Errors: as OpenDatabase's with read_only.
Result<std::unique_ptr<Connection>> OpenBeside(const SqliteStoreOptions& options,
                                               const Schema& schema);

/// Within a write transaction: the epoch to write under, after taking the lease when that is due.
/// kConflict when another process took it, or wrote anything before it was taken here.
Result<std::int64_t> HoldLease(const Database& database, const std::string& holder, WallTime now);

/// Who took the lease last: "pid 4711 on host, since 2026-…"; "" when nobody did.
Result<std::string> DescribeLease(Connection& connection);

}  // namespace gitops

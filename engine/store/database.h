// Database: a checked state database with its connections and this process's lease. What
// StateDatabase shares out. Its members are guarded by StateDatabase's mutexes.
#pragma once

#include <cstdint>
#include <memory>
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
};

/// Checks, creates, migrates and opens as OpenSqliteStore says. Tests bring schemas of their own.
Result<Database> OpenDatabase(const SqliteStoreOptions& options, const Schema& schema,
                              WallTime now);

/// Within a write transaction: kConflict when another process took the lease since.
Status CheckLease(Connection& connection, std::int64_t epoch);

/// Who took the lease last: "pid 4711 on host, since 2026-…"; "" when nobody did.
Result<std::string> DescribeLease(Connection& connection);

}  // namespace gitops

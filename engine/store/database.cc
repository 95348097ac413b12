#include "engine/store/database.h"

#include <unistd.h>

#include "engine/base/mark.h"
#include "engine/base/seal.h"
#include "engine/base/timestamp.h"
#include "engine/store/state_file.h"

namespace gitops {
namespace {

/// Within a write transaction.
Result<std::int64_t> NextEpoch(Connection& connection, const std::string& holder, WallTime now) {
  RETURN_IF_ERROR(connection.Run(
      "UPDATE lease SET epoch = epoch + 1, holder = ?, taken_at_ms = ? WHERE id = 1", holder, now));
  ASSIGN_OR_RETURN(const auto epoch, connection.Number("SELECT epoch FROM lease WHERE id = 1"));
  if (!epoch) return UnknownStoredValue("lease", "no row");
  return *epoch;
}

Result<std::int64_t> TakeLease(Connection& connection, const std::string& holder, WallTime now) {
  Transaction transaction(connection);
  RETURN_IF_ERROR(transaction.Begin(Transaction::Mode::kImmediate));
  ASSIGN_OR_RETURN(const std::int64_t epoch, NextEpoch(connection, holder, now));
  RETURN_IF_ERROR(transaction.Commit());
  return epoch;
}

/// Remembers what has to be as it is when the lease is taken later.
Status PutOffLease(Database& database) {
  Connection& connection = *database.writer;
  // In this order: whoever writes between the two is noticed.
  ASSIGN_OR_RETURN(database.version_before_lease, connection.Number("PRAGMA data_version"));
  ASSIGN_OR_RETURN(const auto epoch, connection.Number("SELECT epoch FROM lease WHERE id = 1"));
  if (!epoch) return UnknownStoredValue("lease", "no row");
  database.epoch = *epoch;
  return {};
}

/// Readers and the writer go on side by side in this mode only.
Status UseWriteAheadLog(Connection& connection) {
  Query query(connection, "PRAGMA journal_mode = WAL");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found && query.Text(0) == "wal") return {};
  return MakeError(ErrorKind::kTransient, "the state database cannot use a write-ahead log",
                   connection.path() + ": its file system lacks shared memory or locks",
                   "put the state directory on a local disk: --state-dir DIR");
}

Result<Database> OpenForWriting(const SqliteStoreOptions& options, const std::string& path,
                                const Schema& schema, WallTime now) {
  ASSIGN_OR_RETURN(const bool exists, FileExists(path));
  if (!exists) {
    RETURN_IF_ERROR(CheckNothingLost(path));
    RETURN_IF_ERROR(CreateDatabase(
        path, schema, {.binary_version = options.binary_version, .seal_key = options.seal_key}));
  } else {
    // A second name of the database when its maker was killed just before the end.
    RETURN_IF_ERROR(RemoveFile(path + ".new"));
  }
  RETURN_IF_ERROR(CheckHeader(path));
  Database database;
  ASSIGN_OR_RETURN(database.writer,
                   Connection::Open({.path = path, .busy_timeout = options.busy_timeout}));
  // Nothing is written before it is known that the database is ours.
  ASSIGN_OR_RETURN(const int version,
                   CheckSchema(*database.writer, schema, options.binary_version));
  RETURN_IF_ERROR(CheckSealKey(*database.writer, options.seal_key));
  RETURN_IF_ERROR(UseWriteAheadLog(*database.writer));
  RETURN_IF_ERROR(database.writer->Execute("PRAGMA journal_size_limit = 67108864"));
  RETURN_IF_ERROR(Migrate(*database.writer, version, schema, options.binary_version));
  if (options.lease == LeaseTime::kAtOpen) {
    ASSIGN_OR_RETURN(database.epoch, TakeLease(*database.writer, options.holder, now));
  } else {
    RETURN_IF_ERROR(PutOffLease(database));
  }
  RETURN_IF_ERROR(database.writer->Execute("PRAGMA busy_timeout = " +
                                           std::to_string(options.write_timeout.count())));
  ASSIGN_OR_RETURN(
      database.reader,
      Connection::Open({.path = path, .read_only = true, .busy_timeout = options.busy_timeout}));
  return database;
}

/// A connection that changes nothing. With a write-ahead log beside it, SQLite's own read-only
/// mode. Without one nobody is working, and read-only mode would leave empty files behind: a
/// writable connection that refuses writes cleans up after itself. Where the place is not writable,
/// nobody else can write either.
Result<std::unique_ptr<Connection>> OpenReader(const SqliteStoreOptions& options,
                                               const std::string& path) {
  ASSIGN_OR_RETURN(const bool has_log, FileExists(path + "-wal"));
  const bool writable =
      access(path.c_str(), W_OK) == 0 && access(DirectoryOf(path).c_str(), W_OK) == 0;
  if (has_log || !writable) {
    return Connection::Open({.path = path,
                             .read_only = true,
                             .immutable = !has_log,
                             .busy_timeout = options.busy_timeout});
  }
  ASSIGN_OR_RETURN(auto connection,
                   Connection::Open({.path = path, .busy_timeout = options.busy_timeout}));
  RETURN_IF_ERROR(connection->Execute("PRAGMA query_only = ON"));
  return connection;
}

Error MustMigrate(const std::string& path, int version, const Schema& schema,
                  const SqliteStoreOptions& options) {
  return MakeError(ErrorKind::kInvalid, "the state database must be migrated first",
                   path + " has schema version " + std::to_string(version) + ", " +
                       options.binary_version + " needs " + std::to_string(schema.version),
                   "run a command that writes once: tfgrid-compose reconcile");
}

Result<Database> OpenForReading(const SqliteStoreOptions& options, const std::string& path,
                                const Schema& schema) {
  ASSIGN_OR_RETURN(const bool exists, FileExists(path));
  if (!exists) {
    RETURN_IF_ERROR(CheckNothingLost(path));
    return MakeError(ErrorKind::kNotFound, "no state database", path + " does not exist",
                     "nothing was reconciled here yet: tfgrid-compose reconcile");
  }
  RETURN_IF_ERROR(CheckHeader(path));
  Database database;
  const auto open = [&]() -> Result<int> {
    ASSIGN_OR_RETURN(database.reader, OpenReader(options, path));
    return CheckSchema(*database.reader, schema, options.binary_version);
  };
  auto checked = open();
  if (!checked && checked.error().kind == ErrorKind::kTransient) {
    // A full disk has no room for the files that a look makes; nobody can write there either.
    ASSIGN_OR_RETURN(const std::uint64_t log_size, SizeOfFile(path + "-wal"));
    if (log_size == 0) {
      ASSIGN_OR_RETURN(database.reader,
                       Connection::Open({.path = path, .read_only = true, .immutable = true}));
      checked = CheckSchema(*database.reader, schema, options.binary_version);
    }
  }
  ASSIGN_OR_RETURN(const int version, std::move(checked));
  if (version != schema.version) return MustMigrate(path, version, schema, options);
  RETURN_IF_ERROR(CheckSealKey(*database.reader, options.seal_key));
  return database;
}

}  // namespace

Result<Database> OpenDatabase(const SqliteStoreOptions& options, const Schema& schema,
                              WallTime now) {
  if (options.seal_key.Reveal().size() != kSealKeySize) {
    return MakeError(ErrorKind::kInvalid, "the key of the state has a wrong size",
                     std::to_string(options.seal_key.Reveal().size()) + " bytes instead of " +
                         std::to_string(kSealKeySize),
                     "put back the key file that was saved together with the database");
  }
  ASSIGN_OR_RETURN(const std::string path, ResolvePath(options.path));
  RETURN_IF_ERROR(CheckSafePlace(path));
  if (options.read_only) return OpenForReading(options, path, schema);
  return OpenForWriting(options, path, schema, now);
}

Result<std::unique_ptr<Connection>> OpenBeside(const SqliteStoreOptions& options,
                                               const Schema& schema) {
  ASSIGN_OR_RETURN(const std::string path, ResolvePath(options.path));
  RETURN_IF_ERROR(CheckSafePlace(path));
  ASSIGN_OR_RETURN(const bool exists, FileExists(path));
  if (!exists) {
    return MakeError(ErrorKind::kNotFound, "no state database", path + " does not exist",
                     "nothing was reconciled here yet: tfgrid-compose reconcile");
  }
  ASSIGN_OR_RETURN(auto connection, OpenReader(options, path));
  ASSIGN_OR_RETURN(const int version, CheckSchema(*connection, schema, options.binary_version));
  if (version != schema.version) return MustMigrate(path, version, schema, options);
  RETURN_IF_ERROR(CheckSealKey(*connection, options.seal_key));
  return connection;
}

Result<std::int64_t> HoldLease(const Database& database, const std::string& holder, WallTime now) {
  Connection& connection = *database.writer;
  ASSIGN_OR_RETURN(const auto present, connection.Number("SELECT epoch FROM lease WHERE id = 1"));
  if (present != database.epoch) {
    REACHED("store: a write of an older epoch is refused");
    ASSIGN_OR_RETURN(const std::string other, DescribeLease(connection));
    return MakeError(ErrorKind::kConflict, "another process has taken over the state",
                     "the state belongs to " + other + " (epoch " +
                         std::to_string(present.value_or(0)) + "); this process had epoch " +
                         std::to_string(database.epoch) + " and must not write any more",
                     "stop one of the two: only one engine may use a state directory");
  }
  if (!database.version_before_lease) return database.epoch;
  // The holder of the present epoch may have gone on after this one had looked.
  ASSIGN_OR_RETURN(const auto version, connection.Number("PRAGMA data_version"));
  if (version != database.version_before_lease) {
    return MakeError(ErrorKind::kConflict, "the state was changed meanwhile",
                     "another process wrote to it after this one had opened it; nothing was done",
                     "run the command again");
  }
  return NextEpoch(connection, holder, now);
}

Result<std::string> DescribeLease(Connection& connection) {
  Query query(connection, "SELECT holder, taken_at_ms FROM lease WHERE id = 1 AND epoch > 0");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::string();
  return query.Text(0) + ", since " + FormatTimestamp(query.Time(1));
}

}  // namespace gitops

// Connection and Query: one SQLite connection and one execution of a statement, with errors as
// values. sql.cc is the only file that sees SQLiteCpp and sqlite3.h. Not thread-safe: whoever owns
// a Connection keeps it inside a mutex.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/model/object_id.h"

namespace gitops {

class Connection;

/// Bytes that are bound as a BLOB instead of TEXT.
struct Blob {
  std::string_view bytes;
};

/// One execution of one statement. Parameters are bound in the order of the calls; columns are read
/// by number from 0. A failure to prepare or bind is reported by the next Next() or Run().
class Query {
 public:
  Query(Connection& connection, const std::string& sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& Bind(std::int64_t value);
  Query& Bind(std::uint64_t value) { return Bind(static_cast<std::int64_t>(value)); }
  Query& Bind(int value) { return Bind(std::int64_t{value}); }
  Query& Bind(bool value) { return Bind(std::int64_t{value}); }
  Query& Bind(const std::string& text);
  Query& Bind(std::string_view text) { return Bind(std::string(text)); }
  Query& Bind(const char* text) { return Bind(std::string(text)); }
  Query& Bind(Blob blob);
  Query& Bind(std::nullptr_t);
  /// An empty BLOB for the zero id, else its 20 bytes.
  Query& Bind(const ObjectId& id);
  /// Milliseconds since 1970.
  Query& Bind(WallTime time) { return Bind(std::int64_t{time.time_since_epoch().count()}); }
  /// NULL when there is no value.
  template <typename T>
  Query& Bind(const std::optional<T>& value) {
    return value ? Bind(*value) : Bind(nullptr);
  }

  /// Steps on; false after the last row.
  Result<bool> Next();

  /// Runs a statement to its end; rows it may give are dropped.
  Status Run();

  // Columns of the row that Next() reached. A value of another type is converted by SQLite's rules.
  bool IsNull(int column) const;
  std::int64_t Int64(int column) const;
  int Int(int column) const;
  bool Bool(int column) const { return Int64(column) != 0; }
  std::string Text(int column) const;  ///< TEXT or BLOB, byte for byte.
  WallTime Time(int column) const;
  std::optional<WallTime> OptionalTime(int column) const;
  /// What Bind(ObjectId) stored. Errors: kCorruption.
  Result<ObjectId> Id(int column) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct ConnectionOptions {
  std::string path;
  bool read_only = false;
  /// Trust that nobody writes: needs no -wal and -shm file. Only for files nobody can write to.
  bool immutable = false;
  std::chrono::milliseconds busy_timeout{5000};
};

class Connection {
 public:
  /// Opens an existing file. Errors: as Store's.
  static Result<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& path() const;

  /// Runs one or more statements without parameters.
  Status Execute(const std::string& sql);

  /// Runs one statement with parameters.
  template <typename... Args>
  Status Run(const std::string& sql, const Args&... args) {
    Query query(*this, sql);
    (query.Bind(args), ...);
    return query.Run();
  }

  /// The first column of the first row as a number; nullopt when there is no row or it is NULL.
  template <typename... Args>
  Result<std::optional<std::int64_t>> Number(const std::string& sql, const Args&... args) {
    Query query(*this, sql);
    (query.Bind(args), ...);
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found || query.IsNull(0)) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(query.Int64(0));
  }

  /// Rows inserted, updated and deleted since the connection was opened.
  std::uint64_t TotalChanges() const;
  std::int64_t LastInsertId() const;
  bool InTransaction() const;

  /// Pages that the write-ahead log held after this connection's last commit.
  int LogPages() const;
  /// Moves the write-ahead log into the database as far as that holds nobody up. What does not go
  /// now goes later, so a failure is none.
  void MoveLog();

 private:
  friend class Query;
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A transaction that is rolled back unless it is committed.
class Transaction {
 public:
  enum class Mode {
    kRead,       ///< One consistent view over several statements.
    kImmediate,  ///< Takes the write lock at once, so that it cannot fail half way.
  };

  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Status Begin(Mode mode);
  Status Commit();

 private:
  Connection& connection_;
};

/// kCorruption: a stored value is not one this program knows.
Error UnknownStoredValue(std::string_view column, std::string_view value);

/// The value that was parsed from a stored name, or kCorruption.
template <typename T>
Result<T> Known(std::optional<T> parsed, std::string_view column, std::string_view value) {
  if (!parsed) return UnknownStoredValue(column, value);
  return *std::move(parsed);
}

}  // namespace gitops

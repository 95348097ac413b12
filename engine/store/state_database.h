// StateDatabase: the opened state database, shared by the stores that work on it (sqlite_store.h,
// sqlite_delivery_store.h, …). Thread-safe: one connection writes and one reads, each inside its
// mutex; the lease of this process is checked in every write.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/work_counters.h"
#include "engine/store/database.h"
#include "engine/store/sql.h"
#include "engine/store/sqlite_store.h"
#include "engine/store/writer_turn.h"

namespace gitops {

class StateDatabase {
 public:
  /// What OpenSqliteStore says of options, clock, counters and errors.
  static Result<std::shared_ptr<StateDatabase>> Open(const SqliteStoreOptions& options,
                                                     const Clock& clock, WorkCounters& counters);

  StateDatabase(const SqliteStoreOptions& options, Database database, const Clock& clock,
                WorkCounters& counters);
  StateDatabase(const StateDatabase&) = delete;
  StateDatabase& operator=(const StateDatabase&) = delete;

  const SqliteStoreOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }

  /// Runs `body(Connection&)`, which returns a Result, on one consistent view.
  template <typename Body>
  auto Read(Body body) -> decltype(body(std::declval<Connection&>())) {
    const std::lock_guard lock(reader_mutex_);
    Transaction transaction(*database_.reader);
    RETURN_IF_ERROR(transaction.Begin(Transaction::Mode::kRead));
    return body(*database_.reader);
  }

  /// Runs `body` on the reading connection outside a transaction: for copies and whole checks.
  template <typename Body>
  auto Look(Body body) -> decltype(body(std::declval<Connection&>())) {
    const std::lock_guard lock(reader_mutex_);
    return body(*database_.reader);
  }

  /// Runs `body` in a transaction under this process's lease. When it returns success, what it
  /// wrote is on disk; when it fails, nothing of it is. A body that changed no row costs no disk
  /// access. Errors also: kConflict (lease lost, opened for reading only, busy).
  template <typename Body>
  auto Write(Body body) -> decltype(body(std::declval<Connection&>())) {
    if (!database_.writer) return OpenedForReading();
    const std::lock_guard lock(writer_turn_);
    return WriteInTurn(std::move(body));
  }

  /// The same for whom somebody outside waits: waits up to `patience` for other writers of this
  /// process, and again so long for other processes. Errors: as Write.
  template <typename Body>
  auto WriteSoon(std::chrono::milliseconds patience, Body body)
      -> decltype(body(std::declval<Connection&>())) {
    if (!database_.writer) return OpenedForReading();
    const std::unique_lock lock(writer_turn_, patience);
    if (!lock.owns_lock()) return OthersWrite();
    RETURN_IF_ERROR(SetPatience(patience));
    auto result = WriteInTurn(std::move(body));
    if (Status usual = SetPatience(options_.write_timeout); !usual) return std::move(usual).error();
    return result;
  }

  /// Moves the write-ahead log into the database when it is long: for whoever is done and has
  /// nobody waiting, so that no commit has to do it. Others read and write meanwhile. What cannot
  /// be moved stays where it is as safe.
  void ShortenLog();

 private:
  /// REQUIRES: the turn.
  template <typename Body>
  auto WriteInTurn(Body body) -> decltype(body(std::declval<Connection&>())) {
    Connection& connection = *database_.writer;
    Transaction transaction(connection);
    if (Status status = transaction.Begin(Transaction::Mode::kImmediate); !status) {
      return NamingHolder(std::move(status).error());
    }
    ASSIGN_OR_RETURN(const std::int64_t epoch, HoldLease(database_, options_.holder, clock_.Now()));
    const std::uint64_t changes_before = connection.TotalChanges();
    auto result = body(connection);
    const std::uint64_t changes = connection.TotalChanges() - changes_before;
    if (!result || changes == 0) return result;
    RETURN_IF_ERROR(transaction.Commit());
    log_pages_ = connection.LogPages();
    database_.epoch = epoch;
    database_.version_before_lease.reset();
    Count(counters_.rows_written, changes);
    Count(counters_.fsyncs);
    return result;
  }

  Error OpenedForReading() const;
  Error OthersWrite() const;
  /// How long the writer waits for other processes.
  Status SetPatience(std::chrono::milliseconds patience);
  /// A busy database: adds who took the lease last.
  Error NamingHolder(Error error);

  const SqliteStoreOptions options_;
  const Clock& clock_;
  WorkCounters& counters_;
  WriterTurn writer_turn_;   ///< Guards database_.writer. Taken before reader_mutex_.
  std::mutex reader_mutex_;  ///< Guards database_.reader.
  Database database_;
  std::atomic<int> log_pages_{0};          ///< As of the last commit.
  std::mutex log_mutex_;                   ///< Guards log_mover_.
  std::unique_ptr<Connection> log_mover_;  ///< Opened when it is needed first; closed first.
};

}  // namespace gitops

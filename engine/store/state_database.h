// StateDatabase: the opened state database, shared by the stores that work on it (sqlite_store.h,
// sqlite_delivery_store.h, …). Thread-safe: one connection writes and one reads, each inside its
// mutex; the lease of this process is checked in every write.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

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
  /// access. Bodies that wait for their turn share the next transaction, and one sync: `body` may
  /// run on another thread while this one waits, and beside those bodies, each as if it were alone.
  /// Errors also: kConflict (lease lost, opened for reading only, busy).
  template <typename Body>
  auto Write(Body body) -> decltype(body(std::declval<Connection&>())) {
    if (!database_.writer) return OpenedForReading();
    std::optional<decltype(body(std::declval<Connection&>()))> result;
    RETURN_IF_ERROR(WriteTogether(Keeping(body, result)));
    return *std::move(result);
  }

  /// How many wait to share the next transaction.
  std::size_t waiting() {
    const std::lock_guard lock(parts_mutex_);
    return waiting_.size();
  }

  /// As Write for whom somebody outside waits: waits up to `patience` for other writers of this
  /// process, and again so long for other processes. Shares with nobody. Errors: as Write.
  template <typename Body>
  auto WriteSoon(std::chrono::milliseconds patience, Body body)
      -> decltype(body(std::declval<Connection&>())) {
    if (!database_.writer) return OpenedForReading();
    const std::unique_lock lock(writer_turn_, patience);
    if (!lock.owns_lock()) return OthersWrite();
    RETURN_IF_ERROR(SetPatience(patience));
    std::optional<decltype(body(std::declval<Connection&>()))> result;
    Part part(Keeping(body, result));
    Status written = WriteParts({&part});
    if (Status usual = SetPatience(options_.write_timeout); !usual) return std::move(usual).error();
    RETURN_IF_ERROR(std::move(written));
    return *std::move(result);
  }

  /// Moves the write-ahead log into the database when it is long: for whoever is done and has
  /// nobody waiting, so that no commit has to do it. Others read and write meanwhile. What cannot
  /// be moved stays where it is as safe.
  void ShortenLog();

 private:
  /// One caller's share of a transaction.
  struct Part {
    explicit Part(std::function<Status(Connection&)> body_in) : body(std::move(body_in)) {}
    std::function<Status(Connection&)> body;
    bool done = false;  ///< Guarded by the turn, as `status`.
    Status status;      ///< Of the transaction; what the body says is the body's.
  };

  /// `body`, which puts what it returns into `result`.
  template <typename Body, typename Outcome>
  static std::function<Status(Connection&)> Keeping(Body& body, std::optional<Outcome>& result) {
    return [&body, &result](Connection& connection) -> Status {
      result.emplace(body(connection));
      if (!*result) return result->error();
      return {};
    };
  }

  /// Errors: of the transaction.
  Status WriteTogether(std::function<Status(Connection&)> body);
  /// Runs the parts in one transaction. Errors: nothing of any part is written.
  /// REQUIRES: the turn.
  Status WriteParts(const std::vector<Part*>& parts);
  /// Runs one of several parts so that its failure leaves the others alone. The rows that it
  /// changed. Errors: those that took the whole transaction along.
  Result<std::uint64_t> WritePart(const Part& part);

  Error OpenedForReading() const;
  Error OthersWrite() const;
  /// How long the writer waits for other processes.
  Status SetPatience(std::chrono::milliseconds patience);
  /// A busy database: adds who took the lease last.
  Error NamingHolder(Error error);

  const SqliteStoreOptions options_;
  const Clock& clock_;
  WorkCounters& counters_;
  WriterTurn writer_turn_;      ///< Guards database_.writer. Taken before the mutexes.
  std::mutex parts_mutex_;      ///< Guards waiting_.
  std::vector<Part*> waiting_;  ///< For the next transaction. Their owners wait for the turn.
  std::mutex reader_mutex_;     ///< Guards database_.reader.
  Database database_;
  std::atomic<int> log_pages_{0};          ///< As of the last commit.
  std::mutex log_mutex_;                   ///< Guards log_mover_.
  std::unique_ptr<Connection> log_mover_;  ///< Opened when it is needed first; closed first.
};

}  // namespace gitops

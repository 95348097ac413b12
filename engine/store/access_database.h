// AccessDatabase: the state database for those who do not hold its lease. Tokens, audit and
// idempotency keys are written by the command line while a daemon runs, and by the daemon's API
// beside its engine: each write is a transaction of its own that depends on nothing the engine
// holds in memory, so it neither needs nor takes the lease (docs/decisions). Thread-safe: one
// connection writes and one reads, each inside its mutex.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/store/sql.h"

namespace gitops {

struct AccessOptions {
  std::string path;            ///< The database; it must exist, in this program's schema version.
  Secret seal_key;             ///< The key of the state.
  std::string binary_version;  ///< Of this program, for messages.
  bool read_only = false;      ///< Methods that write fail with kConflict.
  std::chrono::milliseconds busy_timeout{10'000};  ///< Waits so long for another writer.
};

class AccessDatabase {
 public:
  /// Opens an existing database. `clock` outlives it. Errors: as OpenSqliteStore with read_only.
  static Result<std::shared_ptr<AccessDatabase>> Open(const AccessOptions& options,
                                                      const Clock& clock);

  /// REQUIRES: open connections; `writer` may be null.
  AccessDatabase(const AccessOptions& options, const Clock& clock,
                 std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader);
  AccessDatabase(const AccessDatabase&) = delete;
  AccessDatabase& operator=(const AccessDatabase&) = delete;

  const Clock& clock() const { return clock_; }
  /// Keys the chain of the audit; derived from the key of the state, which no client sees.
  const Secret& audit_key() const { return audit_key_; }

  /// Runs `body(Connection&)`, which returns a Result, on one consistent view.
  template <typename Body>
  auto Read(Body body) -> decltype(body(std::declval<Connection&>())) {
    const std::lock_guard lock(reader_mutex_);
    Transaction transaction(*reader_);
    RETURN_IF_ERROR(transaction.Begin(Transaction::Mode::kRead));
    return body(*reader_);
  }

  /// Runs `body` in a transaction; nobody else writes meanwhile. When it returns success, what it
  /// wrote is on disk; when it fails, nothing of it is.
  template <typename Body>
  auto Write(Body body) -> decltype(body(std::declval<Connection&>())) {
    if (!writer_) return OpenedForReading();
    const std::lock_guard lock(writer_mutex_);
    Transaction transaction(*writer_);
    RETURN_IF_ERROR(transaction.Begin(Transaction::Mode::kImmediate));
    auto result = body(*writer_);
    if (!result) return result;
    RETURN_IF_ERROR(transaction.Commit());
    return result;
  }

 private:
  Error OpenedForReading() const;

  const std::string path_;
  const Clock& clock_;
  const Secret audit_key_;
  std::mutex writer_mutex_;  ///< Guards writer_.
  std::mutex reader_mutex_;  ///< Guards reader_.
  // The writer is closed last: it then moves the log into the database when nobody else is there.
  std::unique_ptr<Connection> writer_;
  std::unique_ptr<Connection> reader_;
};

}  // namespace gitops

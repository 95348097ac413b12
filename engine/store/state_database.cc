#include "engine/store/state_database.h"

namespace gitops {
namespace {

/// Pages. Half of what a commit lets pass before it moves the log itself.
constexpr int kLongLog = 1000;

}  // namespace

Result<std::shared_ptr<StateDatabase>> StateDatabase::Open(const SqliteStoreOptions& options,
                                                           const Clock& clock,
                                                           WorkCounters& counters) {
  ASSIGN_OR_RETURN(Database database, OpenDatabase(options, CurrentSchema(), clock.Now()));
  return std::make_shared<StateDatabase>(options, std::move(database), clock, counters);
}

StateDatabase::StateDatabase(const SqliteStoreOptions& options, Database database,
                             const Clock& clock, WorkCounters& counters)
    : options_(options), clock_(clock), counters_(counters), database_(std::move(database)) {}

void StateDatabase::ShortenLog() {
  if (!database_.writer || log_pages_ < kLongLog) return;
  const std::unique_lock lock(log_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;  // Somebody is at it.
  if (!log_mover_) {
    auto opened = Connection::Open({.path = database_.writer->path()});
    // SQLite looks for the log at the first read only.
    if (!opened || !(*opened)->Number("SELECT epoch FROM lease WHERE id = 1")) return;
    log_mover_ = *std::move(opened);
  }
  log_mover_->MoveLog();
  log_pages_ = 0;  // The next commit says what is left.
}

Error StateDatabase::OpenedForReading() const {
  return MakeError(ErrorKind::kConflict, "the state was opened for reading only", options_.path);
}

Error StateDatabase::OthersWrite() const {
  return MakeError(ErrorKind::kConflict, "the state database is busy",
                   options_.path + ": this process has been waiting to write to it for too long",
                   "see who else writes to it: fuser -v " + options_.path);
}

Status StateDatabase::WriteTogether(std::function<Status(Connection&)> body) {
  Part part(std::move(body));
  {
    const std::lock_guard lock(parts_mutex_);
    waiting_.push_back(&part);
  }
  const std::lock_guard turn(writer_turn_);
  if (part.done) return std::move(part.status);
  std::vector<Part*> parts;
  {
    const std::lock_guard lock(parts_mutex_);
    parts.swap(waiting_);
  }
  const Status written = WriteParts(parts);
  for (Part* each : parts) {
    each->done = true;
    each->status = written;
  }
  return written;
}

Status StateDatabase::WriteParts(const std::vector<Part*>& parts) {
  Connection& connection = *database_.writer;
  Transaction transaction(connection);
  if (Status status = transaction.Begin(Transaction::Mode::kImmediate); !status) {
    return NamingHolder(std::move(status).error());
  }
  ASSIGN_OR_RETURN(const std::int64_t epoch, HoldLease(database_, options_.holder, clock_.Now()));
  std::uint64_t changes = 0;
  if (parts.size() == 1) {
    const std::uint64_t changes_before = connection.TotalChanges();
    if (!parts.front()->body(connection)) return {};
    changes = connection.TotalChanges() - changes_before;
  } else {
    for (const Part* part : parts) {
      ASSIGN_OR_RETURN(const std::uint64_t of_part, WritePart(*part));
      changes += of_part;
    }
  }
  if (changes == 0) return {};
  RETURN_IF_ERROR(transaction.Commit());
  log_pages_ = connection.LogPages();
  database_.epoch = epoch;
  database_.version_before_lease.reset();
  Count(counters_.rows_written, changes);
  Count(counters_.fsyncs);
  return {};
}

Result<std::uint64_t> StateDatabase::WritePart(const Part& part) {
  Connection& connection = *database_.writer;
  RETURN_IF_ERROR(connection.Run("SAVEPOINT part"));
  const std::uint64_t changes_before = connection.TotalChanges();
  Status done = part.body(connection);
  const std::uint64_t changes = connection.TotalChanges() - changes_before;
  if (!done) {
    // After some errors (disk full, I/O) SQLite has rolled back everything already.
    if (!connection.InTransaction()) return std::move(done).error();
    RETURN_IF_ERROR(connection.Run("ROLLBACK TO part"));
  }
  RETURN_IF_ERROR(connection.Run("RELEASE part"));
  return done ? changes : 0;
}

Status StateDatabase::SetPatience(std::chrono::milliseconds patience) {
  return database_.writer->Execute("PRAGMA busy_timeout = " + std::to_string(patience.count()));
}

Error StateDatabase::NamingHolder(Error error) {
  if (error.kind != ErrorKind::kConflict) return error;
  const std::lock_guard lock(reader_mutex_);
  const auto holder = DescribeLease(*database_.reader);
  if (holder && !holder->empty()) {
    error.diagnostics.front().detail += "; the state was last taken by " + *holder;
  }
  return error;
}

}  // namespace gitops

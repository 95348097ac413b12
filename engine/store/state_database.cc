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

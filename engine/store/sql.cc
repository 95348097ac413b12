#include "engine/store/sql.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <map>

#include "engine/base/check.h"
#include "engine/store/state_file.h"

namespace gitops {
namespace {

constexpr const char* kRestoreHint =
    "keep a copy of the file, then restore a backup: tfgrid-compose restore FILE (docs/state.md)";

Error DiskFull(const std::string& path) {
  return MakeError(ErrorKind::kTransient, "disk full",
                   path + ": no space is left for the state database; nothing was written",
                   "make room on its file system: df -h " + DirectoryOf(path));
}

/// What a result code of SQLite (https://sqlite.org/rescode.html) means to the caller.
Error ToError(int code, const std::string& message, const std::string& path) {
  const std::string detail = path + ": " + message;
  // The log's index beside it could not grow, which has no code of its own.
  if (code == SQLITE_IOERR_SHMSIZE) return DiskFull(path);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MakeError(ErrorKind::kConflict, "the state database is busy",
                       path + ": another process has been writing to it for too long",
                       "wait until it is done, or find it: fuser -v " + path);
    case SQLITE_FULL:
      return DiskFull(path);
    case SQLITE_READONLY:
      return MakeError(ErrorKind::kTransient, "the state database cannot be written", detail,
                       "make the file and its directory writable for this user, or mount the file "
                       "system read-write: ls -ld " +
                           DirectoryOf(path) + " " + path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return MakeError(ErrorKind::kTransient, "the state database cannot be opened", detail,
                       "check who may read and write it: ls -la " + DirectoryOf(path));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return MakeError(ErrorKind::kCorruption, "the state database is damaged", detail,
                       kRestoreHint);
    case SQLITE_IOERR:
      return MakeError(ErrorKind::kTransient, "reading or writing the state database failed",
                       detail + " (SQLite code " + std::to_string(code) + ")",
                       "check the disk and its limits: dmesg | tail; df -h " + DirectoryOf(path));
    case SQLITE_NOMEM:
      return MakeError(ErrorKind::kTransient, "out of memory in the state database", detail);
    case SQLITE_TOOBIG:
      return MakeError(ErrorKind::kInvalid, "a value is too large for the state database", detail);
    default:
      // A statement of ours does not fit the tables, or a rule of the schema was broken.
      return MakeError(ErrorKind::kCorruption, "the state database does not fit this program",
                       detail, kRestoreHint);
  }
}

Error ToError(const SQLite::Exception& exception, const std::string& path) {
  const int extended = exception.getExtendedErrorCode();
  return ToError(extended > 0 ? extended : exception.getErrorCode(), exception.what(), path);
}

/// A path as a SQLite URI: everything that has a meaning in one is percent-encoded.
std::string FileUri(const std::string& path, std::string_view query) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[byte >> 4];
      uri += kDigits[byte & 15];
    }
  }
  return uri.append("?").append(query);
}

/// A commit that finds the write-ahead log this long moves it into the database itself (8 MiB),
/// when nobody has done so before (StateDatabase::ShortenLog).
constexpr int kLongestLog = 2000;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

struct CachedStatement {
  Statement statement;
  bool in_use = false;
};

}  // namespace

struct Connection::Impl {
  std::string path;
  std::unique_ptr<SQLite::Database> database;
  /// By their text. After the database, so that they go before it.
  std::map<std::string, CachedStatement, std::less<>> statements;
  int log_pages = 0;

  sqlite3* handle() const { return database->getHandle(); }

  /// As sqlite3_wal_hook (https://sqlite.org/c3ref/wal_hook.html) calls it after a commit.
  static int AfterCommit(void* impl, sqlite3* handle, const char* schema, int pages) {
    static_cast<Impl*>(impl)->log_pages = pages;
    if (pages >= kLongestLog) {
      sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    return SQLITE_OK;
  }
};

// Statements are used through SQLite itself: a pass reads hundreds of thousands of columns, and
// SQLiteCpp takes longer to hand one over than SQLite to find it.
struct Query::State {
  const Connection::Impl& connection;
  sqlite3_stmt* statement = nullptr;
  CachedStatement* cached = nullptr;  ///< Set: `statement` goes back there.
  Statement own;                      ///< Set: the cached one was in use.
  int next_parameter = 1;
  bool done = false;  ///< One more step would begin anew.
  std::optional<Error> error;

  void Check(int code) {
    if (code == SQLITE_OK || error) return;
    error = ToError(code, sqlite3_errmsg(connection.handle()), connection.path);
  }

  Statement Prepare(const std::string& sql) {
    sqlite3_stmt* prepared = nullptr;
    Check(sqlite3_prepare_v2(connection.handle(), sql.c_str(), static_cast<int>(sql.size()),
                             &prepared, nullptr));
    return Statement(prepared);
  }

  /// Binds the next parameter with `bind(statement, number)` unless something failed already.
  template <typename Call>
  void BindNext(Call bind) {
    if (!error) Check(bind(statement, next_parameter++));
  }
};

// --- Query --------------------------------------------------------------------------------------

Query::Query(Connection& connection, const std::string& sql)
    : state_(std::make_unique<State>(
          State{.connection = *connection.impl_, .own = nullptr, .error = std::nullopt})) {
  CachedStatement& cached = connection.impl_->statements[sql];
  if (cached.in_use) {
    state_->own = state_->Prepare(sql);
    state_->statement = state_->own.get();
    return;
  }
  if (!cached.statement) cached.statement = state_->Prepare(sql);
  if (!cached.statement) return;
  cached.in_use = true;
  state_->cached = &cached;
  state_->statement = cached.statement.get();
}

Query::~Query() {
  if (state_->cached == nullptr) return;
  // The result of a reset is the error of the last step, which was reported already.
  (void)sqlite3_reset(state_->statement);
  state_->cached->in_use = false;
}

Query& Query::Bind(std::int64_t value) {
  state_->BindNext([&](sqlite3_stmt* statement, int number) {
    return sqlite3_bind_int64(statement, number, value);
  });
  return *this;
}

Query& Query::Bind(const std::string& text) {
  state_->BindNext([&](sqlite3_stmt* statement, int number) {
    return sqlite3_bind_text64(statement, number, text.data(), text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  });
  return *this;
}

Query& Query::Bind(Blob blob) {
  // A null pointer would be stored as NULL instead of as an empty BLOB.
  const char* bytes = blob.bytes.empty() ? "" : blob.bytes.data();
  state_->BindNext([&](sqlite3_stmt* statement, int number) {
    return sqlite3_bind_blob64(statement, number, bytes, blob.bytes.size(), SQLITE_TRANSIENT);
  });
  return *this;
}

Query& Query::Bind(std::nullptr_t) {
  state_->BindNext(
      [](sqlite3_stmt* statement, int number) { return sqlite3_bind_null(statement, number); });
  return *this;
}

Query& Query::Bind(const ObjectId& id) {
  if (id.IsZero()) return Bind(Blob{});
  return Bind(Blob{{reinterpret_cast<const char*>(id.bytes().data()), ObjectId::kSize}});
}

Result<bool> Query::Next() {
  if (state_->error) return *state_->error;
  if (state_->done) return false;
  const int code = sqlite3_step(state_->statement);
  if (code == SQLITE_ROW) return true;
  state_->done = true;
  if (code == SQLITE_DONE) return false;
  state_->Check(code);
  return *state_->error;
}

Status Query::Run() {
  while (true) {
    ASSIGN_OR_RETURN(const bool found, Next());
    if (!found) return {};
  }
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(state_->statement, column) == SQLITE_NULL;
}

std::int64_t Query::Int64(int column) const {
  return sqlite3_column_int64(state_->statement, column);
}

int Query::Int(int column) const {
  const std::int64_t value = Int64(column);
  return static_cast<int>(std::clamp<std::int64_t>(value, std::numeric_limits<int>::min(),
                                                   std::numeric_limits<int>::max()));
}

std::string Query::Text(int column) const {
  // The bytes first: that may convert the value, and its length.
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(state_->statement, column));
  const int size = sqlite3_column_bytes(state_->statement, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

WallTime Query::Time(int column) const {
  return WallTime(std::chrono::milliseconds(Int64(column)));
}

std::optional<WallTime> Query::OptionalTime(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Time(column);
}

Result<ObjectId> Query::Id(int column) const {
  const void* bytes = sqlite3_column_blob(state_->statement, column);
  const int size = sqlite3_column_bytes(state_->statement, column);
  if (size == 0) return ObjectId();
  if (size != static_cast<int>(ObjectId::kSize)) {
    return UnknownStoredValue("object id", std::to_string(size) + " bytes");
  }
  std::array<std::uint8_t, ObjectId::kSize> id{};
  std::copy_n(static_cast<const std::uint8_t*>(bytes), ObjectId::kSize, id.begin());
  return ObjectId(id);
}

// --- Connection ---------------------------------------------------------------------------------

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->path = options.path;
  const int flags = (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  try {
    impl->database = std::make_unique<SQLite::Database>(
        FileUri(options.path, options.immutable ? "immutable=1" : "cache=private"), flags,
        static_cast<int>(options.busy_timeout.count()));
    sqlite3* handle = impl->database->getHandle();
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_wal_hook(handle, &Impl::AfterCommit, impl.get());
  } catch (const SQLite::Exception& exception) {
    return ToError(exception, options.path);
  }
  std::unique_ptr<Connection> connection(new Connection(std::move(impl)));
  RETURN_IF_ERROR(
      connection->Execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; "
                          "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; "
                          "PRAGMA cache_size = -16384;"));
  return connection;
}

const std::string& Connection::path() const { return impl_->path; }

Status Connection::Execute(const std::string& sql) {
  try {
    impl_->database->exec(sql);
    return {};
  } catch (const SQLite::Exception& exception) {
    return ToError(exception, impl_->path);
  }
}

std::uint64_t Connection::TotalChanges() const {
  return static_cast<std::uint64_t>(impl_->database->getTotalChanges());
}

std::int64_t Connection::LastInsertId() const { return impl_->database->getLastInsertRowid(); }

bool Connection::InTransaction() const { return sqlite3_get_autocommit(impl_->handle()) == 0; }

int Connection::LogPages() const { return impl_->log_pages; }

void Connection::MoveLog() {
  sqlite3_wal_checkpoint_v2(impl_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

// --- Transaction --------------------------------------------------------------------------------

Transaction::~Transaction() {
  // After some errors (disk full, I/O) SQLite has rolled back already.
  if (connection_.InTransaction()) (void)connection_.Run("ROLLBACK");
}

Status Transaction::Begin(Mode mode) {
  return connection_.Run(mode == Mode::kRead ? "BEGIN" : "BEGIN IMMEDIATE");
}

Status Transaction::Commit() { return connection_.Run("COMMIT"); }

Error UnknownStoredValue(std::string_view column, std::string_view value) {
  return MakeError(ErrorKind::kCorruption, "stored data cannot be read",
                   "column " + std::string(column) + " holds the unknown value \"" +
                       std::string(value.substr(0, 100)) + "\"",
                   kRestoreHint);
}

}  // namespace gitops

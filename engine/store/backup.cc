#include "engine/store/backup.h"

#include "engine/base/timestamp.h"
#include "engine/store/schema.h"
#include "engine/store/state_file.h"

namespace gitops {
namespace {

/// Opens the backup as it is, without making files beside it, and reads all of it.
Status CheckBackup(const std::string& file, std::string_view binary_version) {
  ASSIGN_OR_RETURN(const bool exists, FileExists(file));
  if (!exists) {
    return MakeError(ErrorKind::kNotFound, "no such backup", file, "ls -l " + file);
  }
  RETURN_IF_ERROR(CheckHeader(file));
  ASSIGN_OR_RETURN(const bool has_log, FileExists(file + "-wal"));
  if (has_log) {
    return MakeError(ErrorKind::kInvalid, "not a backup",
                     file + " has a write-ahead log beside it: it is a database in use",
                     "make a backup of it first: tfgrid-compose backup FILE");
  }
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::Open({.path = file, .read_only = true, .immutable = true}));
  ASSIGN_OR_RETURN(const int version, CheckSchema(*connection, CurrentSchema(), binary_version));
  (void)version;  // An older one is migrated when it is opened.
  return CheckDatabaseIntegrity(*connection);
}

/// "20261121T081530Z": the time in a file's name.
std::string NameStamp(WallTime now) {
  std::string stamp;
  for (const char c : FormatTimestamp(now).substr(0, 19)) {
    if (c != '-' && c != ':') stamp += c;
  }
  return stamp + "Z";
}

/// A name under which nothing is yet.
Result<std::string> FreeName(const std::string& wanted) {
  for (int i = 1; i < 1000; ++i) {
    std::string name = i == 1 ? wanted : wanted + "-" + std::to_string(i);
    ASSIGN_OR_RETURN(const bool taken, FileExists(name));
    if (!taken) return name;
  }
  return MakeError(ErrorKind::kConflict, "the file exists already", wanted);
}

}  // namespace

Result<std::string> RestoreBackup(const std::string& backup_file, const std::string& target,
                                  std::string_view binary_version, WallTime now) {
  ASSIGN_OR_RETURN(const std::string path, ResolvePath(target));
  RETURN_IF_ERROR(CheckSafePlace(path));
  RETURN_IF_ERROR(CheckBackup(backup_file, binary_version));

  // The order matters. While the old database is in its place, the old log is valid. Once it is
  // moved, the copy under its ".restoring" name keeps everybody from starting with nothing.
  const std::string copy = path + ".restoring";
  RETURN_IF_ERROR(RemoveFile(copy));
  RETURN_IF_ERROR(CopyFile(backup_file, copy));
  std::string replaced;
  ASSIGN_OR_RETURN(const bool exists, FileExists(path));
  if (exists) {
    ASSIGN_OR_RETURN(replaced, FreeName(path + ".replaced-" + NameStamp(now)));
    RETURN_IF_ERROR(ReplaceFile(path, replaced));
  }
  // Also what an interrupted call left: a log must never be applied to another database.
  ASSIGN_OR_RETURN(const bool has_log, FileExists(path + "-wal"));
  if (has_log) {
    const std::string owner = replaced.empty() ? path + ".replaced-" + NameStamp(now) : replaced;
    ASSIGN_OR_RETURN(const std::string log, FreeName(owner + "-wal"));
    RETURN_IF_ERROR(ReplaceFile(path + "-wal", log));
  }
  RETURN_IF_ERROR(RemoveFile(path + "-shm"));
  RETURN_IF_ERROR(RemoveFile(path + "-journal"));
  RETURN_IF_ERROR(ReplaceFile(copy, path));
  return replaced;
}

Status CheckDatabaseIntegrity(Connection& connection) {
  std::string found_problems;
  {
    Query query(connection, "PRAGMA integrity_check(10)");
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) break;
      if (const std::string line = query.Text(0); line != "ok") found_problems += "\n" + line;
    }
  }
  {
    Query query(connection, "PRAGMA foreign_key_check");
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (found) found_problems += "\na row of " + query.Text(0) + " refers to one that is missing";
  }
  if (found_problems.empty()) return {};
  return MakeError(ErrorKind::kCorruption, "the state database is damaged",
                   connection.path() + ":" + found_problems,
                   "keep a copy of the file, then restore a backup: tfgrid-compose restore FILE "
                   "(docs/state.md)");
}

}  // namespace gitops

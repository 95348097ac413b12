// Files of the store: checks before a database is opened, and the few file operations that must be
// durable. No state; paths are local file systems' own.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "engine/store/sql.h"

namespace gitops {

/// "/a/b" for "/a/b/c"; "." when there is no slash.
std::string DirectoryOf(const std::string& path);

/// True when something is at `path`. Errors: kTransient.
Result<bool> FileExists(const std::string& path);

/// In bytes; 0 when there is no such file.
Result<std::uint64_t> SizeOfFile(const std::string& path);

/// The absolute path without symbolic links; the last component need not exist. Errors: kNotFound
/// (no such directory), kTransient.
Result<std::string> ResolvePath(const std::string& path);

/// Refuses what others could change: `path` and its directory must belong to this user or root and
/// be writable by no group and no others; `path` must be a regular file when it exists. Also
/// refuses network file systems, where SQLite's shared memory does not work. Errors: kInvalid.
Status CheckSafePlace(const std::string& path);

/// True for the types of statfs(2) that stand for NFS and SMB.
bool IsNetworkFileSystem(std::uint64_t type);

/// Refuses a file that cannot be a whole SQLite database, by its first 100 bytes
/// (https://sqlite.org/fileformat.html) and its size. Errors: kCorruption, kTransient.
Status CheckHeader(const std::string& path);

/// Refuses to start a new database at the free place `path` when files beside it tell that one was
/// there: a journal, an interrupted restore, copies of earlier ones. Errors: kCorruption.
Status CheckNothingLost(const std::string& path);

/// Removes a file; none is fine.
Status RemoveFile(const std::string& path);

/// A new empty file, mode 0600. Errors: kConflict when it exists.
Status CreateEmptyFile(const std::string& path);

/// Syncs `from` and moves it to `to`, durably. PublishFile: kConflict when `to` exists.
Status PublishFile(const std::string& from, const std::string& to);
Status ReplaceFile(const std::string& from, const std::string& to);

/// Copies the bytes of a file to a new file of mode 0600 and syncs it.
Status CopyFile(const std::string& from, const std::string& to);

/// Writes a consistent copy of an open database to the new file `to`, mode 0600, and syncs it.
/// What it wrote is removed when it fails. Errors: kConflict when `to` exists, else as Store's.
Status CopyDatabase(Connection& connection, const std::string& to);

}  // namespace gitops

// Backup: putting a saved state database back, and checking one thoroughly. The state lock is held
// by the caller. docs/state.md says what a backup holds.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/store/sql.h"

namespace gitops {

/// Puts the database `backup_file` in the place of `target`, which need not exist. The backup is
/// read and checked completely before anything is touched; it stays where it is. The replaced
/// database is kept as "<target>.replaced-<time>" (with "-wal" if it had a log); its name is
/// returned, "" when there was none. After a crash half way the target does not open, and the same
/// call finishes the work.
/// REQUIRES: nobody has `target` open. Errors: kNotFound (no backup), kInvalid (newer schema;
/// others may write to the place), kCorruption (the backup is damaged or not ours), kTransient.
Result<std::string> RestoreBackup(const std::string& backup_file, const std::string& target,
                                  std::string_view binary_version, WallTime now);

/// Store::CheckIntegrity on any connection.
Status CheckDatabaseIntegrity(Connection& connection);

}  // namespace gitops

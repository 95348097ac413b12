// Writing files so that a reader, or the next start after a crash, sees the old or the new bytes
// and nothing between.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace gitops {

/// Writes `bytes` to a temporary file beside `path`, syncs it, renames it over `path` and syncs the
/// directory. `mode` is exact (the umask does not apply).
Status WriteFileAtomically(const std::string& path, std::string_view bytes, unsigned int mode);

/// The same without a sync: for what means nothing after the machine has stopped. Then the file may
/// be empty, old or gone.
Status ReplaceFile(const std::string& path, std::string_view bytes, unsigned int mode);

/// Removes what WriteFileAtomically left beside `path` when its process was killed. The caller
/// knows that nobody is writing that file now. Best effort: such a file does no harm.
void RemoveUnfinished(const std::string& path);

/// Writes all of `bytes` to an open file. `path` is for messages.
Status WriteAll(int fd, const std::string& path, std::string_view bytes);

/// Makes the entries of the directory at `path` durable.
Status SyncDirectory(const std::string& path);

/// The directory part of a path; "." when there is none.
std::string ParentDirectory(const std::string& path);

}  // namespace gitops

// Writing placed files to disk: a whole directory is built aside and then takes the place of the
// old one in one rename, so that nobody ever sees half of it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/drivers/file_layout.h"
#include "engine/os/confinement.h"

namespace gitops {

/// Makes the directory `path` hold exactly `files`. Directories get mode 0755, files 0644 or 0755
/// (0600 when private). Errors: kCancelled, kTransient (disk full, …), kInvalid (over a limit);
/// the old directory is still there then. All of it belongs
/// to `owner`, when that is given.
Status ReplaceDirectory(const std::string& path, const std::map<std::string, PlacedFile>& files,
                        const FileTree& tree, const FileLimits& limits, std::stop_token stop,
                        std::optional<ChildUser> owner = std::nullopt);

/// Removes what an interrupted ReplaceDirectory of `path` left beside it.
Status RemoveLeftovers(const std::string& path);

/// How the directory `path` differs from `files`: "" when it does not, else a sentence. Files that
/// are not in `files` (a hook made them) do not count and are not read, nor do those whose tree
/// path is in `ignored`. Errors: kCancelled, kInvalid or kTransient (cannot be read).
Result<std::string> CompareDirectory(const std::string& path,
                                     const std::map<std::string, PlacedFile>& files,
                                     const std::set<std::string>& ignored, const FileLimits& limits,
                                     const std::stop_token& stop);

}  // namespace gitops

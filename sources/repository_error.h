// Errors of repositories on this machine: why one cannot be opened, and what to do about a broken
// one.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace gitops {

/// Why libgit2, which answered `code`, could not open what is at `path`. Errors: kNotFound (nothing
/// there, or no repository), kInvalid (a file, not readable, another format), as GitError.
Error OpenRepositoryError(int code, const std::string& path);

/// Where the objects are that the repository at `path` reads: in it, or in the one whose objects
/// directory is `alternate` ("" when there is none).
std::string ObjectsPlace(const std::string& path, std::string_view alternate);

/// How to find out what is broken in it, and what helps.
std::string FsckHint(const std::string& path, std::string_view alternate);

}  // namespace gitops

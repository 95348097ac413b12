// SystemError: a failed system call as an Error, classed by what the caller can do about it.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace gitops {

/// The text of an errno value ("No such file or directory"). Thread-safe, unlike strerror.
std::string ErrnoText(int error_number);

/// `summary` is fixed text; the detail becomes `"<path>": <text of error_number>`. Kinds: kNotFound
/// (ENOENT, ENOTDIR), kTransient (out of space, memory, descriptors, processes; busy; I/O error),
/// else kInvalid (permissions, links, names).
Error SystemError(std::string summary, std::string_view path, int error_number);

}  // namespace gitops

// How many files, sockets among them, this process may have open.
#pragma once

#include <cstddef>

namespace gitops {

/// Raises the limit to the most that the system lets this user have, and says how many that are.
/// Programs that are started later inherit it, but for those with a limit of their own.
std::size_t RaiseOpenFilesLimit();

}  // namespace gitops

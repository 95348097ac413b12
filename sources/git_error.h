// GitError: what libgit2 says about its last failure on this thread, as an Error of ours. Covers
// local repositories; failures of remotes are classed in sources/remote_error.h.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace gitops {

/// The message of libgit2's last error on this thread; "no reason given" when there is none.
std::string LastGitMessage();

/// `code` is what the failed function returned. Not found is kNotFound, a full or read-only disk is
/// kTransient, a locked or moved ref is kConflict, anything else is kCorruption.
Error GitError(int code, std::string summary, std::string_view context, std::string hint = "");

}  // namespace gitops

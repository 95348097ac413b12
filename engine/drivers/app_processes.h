// The processes that belong to an app: those whose environment carries its root, and programs that
// lie beneath it. Found in /proc, ended without racing against reused process ids.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/result.h"

namespace gitops {

/// The variable that marks them; its value is AppDirectories::root.
inline constexpr const char* kAppRootVariable = "TFGRID_APP_ROOT";

/// Which processes are meant.
struct AppProcesses {
  std::string root;                   ///< Of the app.
  std::optional<pid_t> session = {};  ///< Only those of this session.
  std::optional<uid_t> user = {};     ///< Also all of this user, which is the app's own.
};

/// Ends them: SIGTERM, and SIGKILL for what is left after `grace`. This process and those it was
/// started from are never among them. Returns how many there were. Errors: kTransient (some cannot
/// be ended), kCancelled.
Result<int> EndAppProcesses(const AppProcesses& processes, std::chrono::milliseconds grace,
                            std::stop_token stop);

/// How many there are.
int CountAppProcesses(const std::string& root);

}  // namespace gitops

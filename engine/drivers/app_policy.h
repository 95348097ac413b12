// AppPolicy: what the operator says about how an app runs on this machine. Pure values.
#pragma once

#include <cstdint>
#include <string>

namespace gitops {

/// `runAs`: as the engine's own user, or as a user number of the app's own; else an account.
inline constexpr const char* kRunAsEngine = "engine";
inline constexpr const char* kRunAsApp = "app";

struct AppPolicy {
  std::string run_as = kRunAsEngine;
  bool allow_sudo = false;  ///< Setuid programs may give rights.
};

/// The numbers of users that apps get with `runAs: app`, both included.
struct UserRange {
  std::uint32_t from = 70'000;
  std::uint32_t to = 99'999;
};

/// Bounds on what one app's programs use; 0: none.
struct AppLimits {
  std::int64_t processes = 1024;
  std::int64_t open_files = 65'536;
  std::int64_t file_bytes = 64LL * 1024 * 1024 * 1024;
  std::int64_t memory_bytes = 0;
  std::int64_t disk_bytes = 64LL * 1024 * 1024 * 1024;  ///< All that is in its directory.
  std::int64_t files = 1'000'000;                       ///< Directories too.
};

}  // namespace gitops

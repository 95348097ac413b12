// LocalOptions: what the drivers of the provider `local` are made from. References outlive the
// drivers and are thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/drivers/app_policy.h"
#include "engine/model/app_id.h"
#include "engine/os/control_group.h"
#include "engine/os/process.h"
#include "engine/os/sleeper.h"

namespace gitops {

/// How much of an app is put on disk.
struct FileLimits {
  std::size_t files = 100'000;
  std::size_t bytes = 1024UL * 1024 * 1024;      ///< Of all files together.
  std::size_t file_bytes = 256UL * 1024 * 1024;  ///< Of one file.
  int depth = 64;
};

struct LocalOptions {
  std::string state_dir;  ///< Absolute; apps live beneath its `apps/`.
  ProcessRunner& runner;
  const Clock& clock;
  Sleeper& sleeper;
  Random& random;
  std::chrono::milliseconds stop_grace{10'000};  ///< Between SIGTERM and SIGKILL.
  FileLimits limits{};
  /// Give hooks /tmp/app-deployment and /tmp/app-source where this process may make private mounts.
  bool legacy_paths = true;
  /// What holds for an app; null: the defaults.
  std::function<AppPolicy(const AppId&)> policy{};
  AppLimits app_limits{};
  UserRange users{};
  ControlGroupPlace control_groups{};  ///< Where apps get groups of their own.
  bool can_confine = false;            ///< CanConfine(), when some app needs it.

  AppPolicy PolicyOf(const AppId& app) const { return policy ? policy(app) : AppPolicy{}; }
};

}  // namespace gitops

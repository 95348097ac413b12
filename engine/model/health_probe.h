// HealthProbe: one declared check of `healthchecks:` in a manifest. Pure value.
#pragma once

#include <chrono>
#include <string>

namespace gitops {

enum class ProbeKind { kHttp, kTcp, kCommand };

struct HealthProbe {
  ProbeKind kind = ProbeKind::kHttp;
  std::string target;         ///< URL, host:port, or a script path with arguments split by spaces.
  int expected_status = 200;  ///< HTTP only; 0 accepts 200 to 399.
  std::chrono::milliseconds interval{2000};
  std::chrono::milliseconds timeout{5000};  ///< Of one attempt.
  int retries = 15;                         ///< Attempts after the first, before it is unhealthy.
  int successes = 1;                        ///< Consecutive successes that make it healthy.

  bool operator==(const HealthProbe&) const = default;
};

}  // namespace gitops

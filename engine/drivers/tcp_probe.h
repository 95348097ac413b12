// One TCP connection attempt of a health check.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace gitops {

/// Connects to "host:port" ("[v6]:port") and closes again. Errors: kInvalid (no such form),
/// kTransient (refused, no answer within `timeout`), kCancelled.
Status TryTcpConnect(std::string_view target, std::chrono::milliseconds timeout,
                     std::stop_token stop);

}  // namespace gitops

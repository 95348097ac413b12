// FrontState: what all connections of a front share. Thread-safe: constant but for
// the numbers and the settings.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/server/body_memory.h"
#include "engine/server/client_bodies.h"
#include "engine/server/front_options.h"
#include "engine/server/front_settings.h"

namespace gitops {

/// What happened since the start; for metrics, and for tests that wait for something.
struct FrontCounts {
  std::atomic<std::int64_t> open{0};      ///< Connections now.
  std::atomic<std::int64_t> accepted{0};  ///< Connections.
  std::atomic<std::int64_t> evicted{0};   ///< Waiting connections closed to make room for others.
  std::atomic<std::int64_t> expired{0};   ///< Connections that missed a deadline.
  std::atomic<std::int64_t> heads{0};     ///< Requests that began to arrive.
  std::atomic<std::int64_t> requests{0};  ///< Heads that were understood.
  std::atomic<std::int64_t> bodies{0};    ///< Bodies that did not come whole with their head.
  std::atomic<std::int64_t> refused{0};   ///< Requests that the front answered itself.
  std::atomic<std::int64_t> streams{0};   ///< Streams now.
  std::atomic<std::int64_t> dropped_streams{0};  ///< Their clients read too slowly.
};

struct FrontState {
  FrontState(FrontOptions options_in, HttpRoutes routes_in, const Clock& clock_in, Log& log_in)
      : options(std::move(options_in)),
        routes(std::move(routes_in)),
        clock(clock_in),
        log(log_in),
        settings(SettingsOf(options)),
        memory(options.limits.body_memory_bytes, options.limits.bodies) {}

  const FrontOptions options;
  const HttpRoutes routes;
  const Clock& clock;
  Log& log;
  CurrentSettings settings;
  BodyMemory memory;
  ClientBodies client_bodies;
  FrontCounts counts;
};

}  // namespace gitops

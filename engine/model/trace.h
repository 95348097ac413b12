// Trace: what took how long, as a tree of spans, for a collector (OpenTelemetry). Pure values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"

namespace gitops {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

struct Span {
  TraceId trace{};
  SpanId id{};
  SpanId parent{};       ///< All zero: the root of its trace.
  std::int64_t run = 0;  ///< Whose root it is; 0: it is none. Not told outside.
  std::string name;      ///< One of few: "delivery", "run apply", "step app.setup".
  WallTime start{};
  WallTime end{};
  bool failed = false;
  std::vector<std::pair<std::string, std::string>> attributes;
};

}  // namespace gitops

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
  SpanId parent{};   ///< All zero: the root of its trace.
  std::string name;  ///< One of few: "run apply", "step app.configure".
  WallTime start{};
  WallTime end{};
  bool failed = false;
  std::vector<std::pair<std::string, std::string>> attributes;
};

}  // namespace gitops

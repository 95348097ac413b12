// How the work counters are called where they are shown. Constant data.
#pragma once

#include <array>
#include <string_view>

#include "engine/base/work_counters.h"

namespace gitops {

struct CounterName {
  std::string_view key;    ///< In documents.
  std::string_view label;  ///< In text.
  std::atomic<std::uint64_t> WorkCounters::*counter;
};

inline constexpr std::array<CounterName, 10> kCounterNames{{
    {"remoteQueries", "remote queries", &WorkCounters::remote_queries},
    {"fetches", "fetches", &WorkCounters::fetches},
    {"objectsRead", "objects read", &WorkCounters::objects_read},
    {"treesRead", "trees read", &WorkCounters::trees_read},
    {"manifestsParsed", "manifests parsed", &WorkCounters::manifests_parsed},
    {"appsPlanned", "apps planned", &WorkCounters::apps_planned},
    {"rowsWritten", "rows written", &WorkCounters::rows_written},
    {"fsyncs", "durable commits", &WorkCounters::fsyncs},
    {"children", "processes started", &WorkCounters::children},
    {"connections", "connections", &WorkCounters::connections},
}};

/// The counters at one moment, in the order of their names.
using CounterValues = std::array<std::uint64_t, kCounterNames.size()>;

inline CounterValues ValuesOf(const WorkCounters& counters) {
  CounterValues values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = (counters.*kCounterNames[i].counter).load();
  }
  return values;
}

}  // namespace gitops

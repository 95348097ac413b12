// The metrics that every program has by Prometheus' conventions: processor time, memory, open files
// and the time of its start, read from /proc at each reading.
#pragma once

#include "engine/server/metric_registry.h"

namespace gitops {

/// Adds the families "process_…" to the registry.
void AddProcessMetrics(MetricRegistry& registry);

}  // namespace gitops

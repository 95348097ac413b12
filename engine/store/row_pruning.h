// Tables that only grow at one end: what happened, what was delivered. The oldest rows go.
#pragma once

#include <cstdint>
#include <string>

#include "engine/store/sql.h"

namespace gitops {

/// Removes the rows of `table` with the lowest ids beyond `keep`, in batches: only when there are
/// kPruningBatch more. REQUIRES: ids grow by one, and nothing else removes rows.
Status PruneOldestRows(Connection& connection, const std::string& table, std::int64_t keep);
inline constexpr std::int64_t kPruningBatch = 500;

}  // namespace gitops

#include "engine/store/row_pruning.h"

namespace gitops {

Status PruneOldestRows(Connection& connection, const std::string& table, std::int64_t keep) {
  // Two look-ups tell how many there are.
  ASSIGN_OR_RETURN(const auto first, connection.Number("SELECT min(id) FROM " + table));
  ASSIGN_OR_RETURN(const auto last, connection.Number("SELECT max(id) FROM " + table));
  const std::int64_t count = last.value_or(-1) - first.value_or(0) + 1;
  if (count < keep + kPruningBatch) return {};
  return connection.Run("DELETE FROM " + table + " WHERE id <= ?", last.value_or(0) - keep);
}

}  // namespace gitops

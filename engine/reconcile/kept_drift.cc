#include "engine/reconcile/kept_drift.h"

namespace gitops {

bool IsOf(const AppDrift& drift, const AppRecord& record) {
  return drift.app == record.id && drift.serial == record.recorded_serial;
}

Result<std::optional<AppDrift>> KeptDrift(DriftStore* store, const AppRecord& record) {
  if (store == nullptr) return std::optional<AppDrift>();
  ASSIGN_OR_RETURN(auto drift, store->LoadDrift(record.id));
  if (drift && !IsOf(*drift, record)) drift.reset();
  return drift;
}

}  // namespace gitops

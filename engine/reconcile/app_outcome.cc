#include "engine/reconcile/app_outcome.h"

#include <utility>

namespace gitops {
namespace {

/// What `record`, made from `loaded`, has to be given what its row says now.
void Merge(const AppRecord& row, const AppRecord& loaded, AppRecord& record) {
  record.suspension = row.suspension;
  if (SameLook(row, loaded)) return;
  record.dirty = true;  // It was planned as what it no longer is.
  TakeLook(record, row);
}

}  // namespace

Status SaveOutcome(Store& store, const AppRecord& loaded, AppRecord& record,
                   const std::vector<Event>& events) {
  AppRecord merged = record;
  const auto change = [&](AppRecord& row) {
    merged = record;
    Merge(row, loaded, merged);
    row = merged;
  };
  ASSIGN_OR_RETURN(const auto saved, store.UpdateApps({record.id}, change, events));
  if (!saved.empty()) record = std::move(merged);
  return {};
}

Status SaveOutcome(Store& store, AppRecord& record, const std::vector<Event>& events) {
  const AppRecord loaded = record;
  return SaveOutcome(store, loaded, record, events);
}

Status CatchUp(Store& store, AppRecord& record) {
  ASSIGN_OR_RETURN(const auto row, store.LoadApp(record.id));
  if (row) Merge(*row, AppRecord(record), record);
  return {};
}

}  // namespace gitops

#include "engine/reconcile/app_outcome.h"

#include <functional>
#include <utility>

namespace gitops {
namespace {

/// Whether nobody lifted what held the app back. Only a person does, and takes all of it away.
bool SameHolds(const AppRecord& a, const AppRecord& b) {
  return a.rejected == b.rejected && a.pinned_snapshot == b.pinned_snapshot && a.retry == b.retry &&
         a.owed_rollback == b.owed_rollback;
}

void TakeHolds(AppRecord& record, const AppRecord& from) {
  record.rejected = from.rejected;
  record.pinned_snapshot = from.pinned_snapshot;
  record.retry = from.retry;
  record.owed_rollback = from.owed_rollback;
}

/// Gives `record`, made from `loaded`, what a person lifted since.
void MergeHolds(const AppRecord& row, const AppRecord& loaded, AppRecord& record) {
  if (SameHolds(row, loaded)) return;
  TakeHolds(record, row);
  record.dirty = true;  // It was planned as held back by what is lifted.
}

/// What `record`, made from `loaded`, has to be given what its row says now.
void Merge(const AppRecord& row, const AppRecord& loaded, AppRecord& record) {
  record.suspension = row.suspension;
  if (SameLook(row, loaded)) return;
  record.dirty = true;  // It was planned as what it no longer is.
  TakeLook(record, row);
}

Status Save(Store& store, const std::function<void(const AppRecord&, AppRecord&)>& merge,
            AppRecord& record, const std::vector<Event>& events) {
  AppRecord merged = record;
  const auto change = [&](AppRecord& row) {
    merged = record;
    merge(row, merged);
    row = merged;
  };
  ASSIGN_OR_RETURN(const auto saved, store.UpdateApps({record.id}, change, events));
  if (!saved.empty()) record = std::move(merged);
  return {};
}

}  // namespace

Status SaveOutcome(Store& store, const AppRecord& loaded, AppRecord& record,
                   const std::vector<Event>& events) {
  const auto merge = [&](const AppRecord& row, AppRecord& merged) {
    MergeHolds(row, loaded, merged);
    Merge(row, loaded, merged);
  };
  return Save(store, merge, record, events);
}

Status SaveOutcome(Store& store, AppRecord& record, const std::vector<Event>& events) {
  const AppRecord loaded = record;
  return Save(
      store, [&](const AppRecord& row, AppRecord& merged) { Merge(row, loaded, merged); }, record,
      events);
}

Status TakeLifted(Store& store, const AppRecord& loaded, AppRecord& record) {
  ASSIGN_OR_RETURN(const auto row, store.LoadApp(record.id));
  if (row) MergeHolds(*row, loaded, record);
  return {};
}

Status CatchUp(Store& store, AppRecord& record) {
  ASSIGN_OR_RETURN(const auto row, store.LoadApp(record.id));
  if (!row) return {};
  const AppRecord loaded = record;
  MergeHolds(*row, loaded, record);
  Merge(*row, loaded, record);
  return {};
}

}  // namespace gitops

#include "engine/reconcile/source_work.h"

#include <map>
#include <utility>

#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/prune.h"
#include "engine/reconcile/source_look.h"

namespace gitops {
namespace {

/// Decides which orphans go. They are planned for that; all other apps are planned by their own
/// work.
Status DecideOrphans(const EngineParts& parts, PatternShelf& patterns, const LookWish& wish,
                     std::vector<SourceLook>& looks) {
  bool any = false;
  for (const auto& candidate : looks.front().candidates) {
    if (candidate->record.presence != Presence::kOrphaned) continue;
    any = true;
    RETURN_IF_ERROR(PlanCandidate(parts, patterns, looks.front().record.tree, *candidate));
  }
  if (!any) return {};
  ReconcileRequest request;
  request.prune = wish.prune;
  return DecidePrunes(parts, request, looks);
}

bool Goes(const Candidate& candidate) {
  return candidate.report->verdict == Verdict::kDelete && candidate.plan != nullptr;
}

/// Why an orphan stays is told in its row; a look does not save that with the rest.
Status SaveRefusals(const EngineParts& parts, const SourceLook& look) {
  std::map<AppId, const AppRecord*> staying;
  std::vector<AppId> ids;
  for (const auto& candidate : look.candidates) {
    const AppRecord& record = candidate->record;
    if (record.presence != Presence::kOrphaned || Goes(*candidate)) continue;
    if (candidate->stored && candidate->stored->reason == record.reason) continue;
    staying[record.id] = &record;
    ids.push_back(record.id);
  }
  if (ids.empty()) return {};
  const auto change = [&](AppRecord& row) {
    if (row.presence != Presence::kOrphaned) return;
    row.reason = staying.at(row.id)->reason;
    row.sync = staying.at(row.id)->sync;
  };
  ASSIGN_OR_RETURN(const auto saved, parts.store.UpdateApps(ids, change, {}));
  static_cast<void>(saved);
  return {};
}

/// Apps that depend on it go first when it is deleted; otherwise what it depends on.
std::map<AppId, std::vector<AppId>> DependentsThatGo(const SourceLook& look) {
  std::map<AppId, std::vector<AppId>> dependents;
  for (const auto& candidate : look.candidates) {
    if (!Goes(*candidate)) continue;
    const AppRecord& record = candidate->record;
    for (const AppId& needed : DependencyIds(record.id.environment, record.depends_on)) {
      dependents[needed].push_back(record.id);
    }
  }
  return dependents;
}

void CollectTasks(const SourceLook& look, LookOutcome& outcome) {
  const auto dependents = DependentsThatGo(look);
  for (const auto& candidate : look.candidates) {
    const AppRecord& record = candidate->record;
    if (candidate->stored == nullptr || !SameLook(*candidate->stored, record)) {
      outcome.touched.push_back(record.id);
    } else if (candidate->stored->dirty) {
      outcome.unfinished.push_back(record.id);
    }
    if (record.presence == Presence::kOrphaned && !Goes(*candidate)) {
      outcome.settled.push_back(*candidate->report);
      // What is unfinished or owed of it is taken up all the same.
    }
    AppTask task{record.id, record.source, {}, Goes(*candidate)};
    if (const auto found = dependents.find(record.id); task.prune && found != dependents.end()) {
      task.after = found->second;
    } else if (!task.prune) {
      task.after = DependencyIds(record.id.environment, record.depends_on);
    }
    outcome.tasks.push_back(std::move(task));
  }
}

}  // namespace

Result<LookOutcome> WorkOnSource(const EngineParts& parts, PatternShelf& patterns,
                                 const SourceSpec& source, const std::string& outside_digest,
                                 const LookWish& wish, std::optional<SourceRecord>& stored,
                                 std::stop_token stop) {
  const SourceLookRequest request{
      .source = source,
      .stored = stored ? &*stored : nullptr,
      .asked_for = wish.asked_for,
      .full = wish.full,
      .outside_digest = outside_digest,
      // Of a large source, manifests do not fit into memory all at once; work reads its own again.
      .plan = [](Candidate& candidate, const ObjectId&) -> Status {
        candidate.read = nullptr;
        return {};
      }};
  ASSIGN_OR_RETURN(SourceLook look, LookAtSource(parts, patterns, request, std::move(stop)));
  std::vector<SourceLook> looks;
  looks.push_back(std::move(look));
  RETURN_IF_ERROR(DecideOrphans(parts, patterns, wish, looks));
  const SourceLook& decided = looks.front();
  // Durable before anything follows from it: what is handed on is found again after a crash.
  for (const auto& candidate : decided.candidates) candidate->record.dirty = true;
  RETURN_IF_ERROR(RecordLook(parts.store, decided, /*beside_others=*/true));
  RETURN_IF_ERROR(SaveRefusals(parts, decided));
  stored = decided.record;
  LookOutcome outcome;
  outcome.report = decided.report;
  outcome.clean = decided.clean;
  CollectTasks(decided, outcome);
  return outcome;
}

}  // namespace gitops

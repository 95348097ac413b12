#include "engine/reconcile/prune.h"

#include <algorithm>
#include <map>
#include <optional>

#include "differ/describe.h"
#include "differ/planner.h"
#include "engine/base/mark.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/policy.h"

namespace gitops {
namespace {

/// For each app, those that exist, depend on it and stay. An app of the looks depends on what its
/// manifest says now.
Result<std::map<AppId, std::vector<AppId>>> FindDependents(const EngineParts& parts,
                                                           const std::vector<SourceLook>& looks) {
  std::map<AppId, AppRecord> records;
  ASSIGN_OR_RETURN(auto stored, parts.store.ListApps({}));
  for (AppRecord& record : stored) records.insert_or_assign(record.id, std::move(record));
  for (const SourceLook& look : looks) {
    for (const auto& candidate : look.candidates) {
      records.insert_or_assign(candidate->record.id, candidate->record);
    }
  }
  std::map<AppId, std::vector<AppId>> dependents;
  for (const auto& [id, record] : records) {
    const bool goes_too = record.presence == Presence::kOrphaned && !record.suspension;
    if (!record.has_recorded_steps || goes_too) continue;
    for (const AppId& needed : DependencyIds(id.environment, record.depends_on)) {
      if (needed != id) dependents[needed].push_back(id);
    }
  }
  return dependents;
}

}  // namespace

Result<Plan> PlanDeletion(const EngineParts& parts, const AppRecord& record,
                          const RecordedState& recorded) {
  Plan last;
  last.app = record.id;
  last.revision = record.applied_revision;
  if (record.last_run > 0) {
    // The last run, healthy or not, is what made the state that has to go.
    ASSIGN_OR_RETURN(const auto run, parts.store.LoadRun(record.last_run));
    if (run) last = run->plan;
  }
  return BuildDeletePlan(recorded, last);
}

Status DecidePrunes(const EngineParts& parts, const ReconcileRequest& request,
                    std::vector<SourceLook>& looks) {
  for (SourceLook& look : looks) {
    std::vector<Candidate*> orphans;
    bool clean = look.clean;
    for (const auto& candidate : look.candidates) {
      if (candidate->record.presence == Presence::kOrphaned) orphans.push_back(candidate.get());
      // An unreadable manifest may be the one that is missed: it could be a renamed app.
      if (candidate->record.presence == Presence::kInvalid) clean = false;
    }
    if (orphans.empty()) continue;
    AppFilter filter;
    filter.source = look.source.name;
    ASSIGN_OR_RETURN(const std::size_t apps, parts.store.CountApps(filter));
    std::optional<std::map<AppId, std::vector<AppId>>> dependents;
    const EnvironmentSpec environment = parts.config.Environment(look.source.environment);
    for (Candidate* orphan : orphans) {
      if (!request.apps.empty() && !orphan->asked_for) continue;
      std::string refusal = RefusePrune({.orphans = orphans.size(),
                                         .apps = std::max(apps, orphans.size()),
                                         .enabled = environment.prune || request.prune,
                                         .clean_read = clean,
                                         .max_percent = environment.max_prune_percent,
                                         .named = request.prune && orphan->asked_for});
      if (refusal.empty() && orphan->record.suspension) {
        refusal = "its manifest is gone; it is suspended, so it stays";
      }
      if (refusal.empty() && !dependents) {
        ASSIGN_OR_RETURN(dependents, FindDependents(parts, looks));
      }
      if (refusal.empty() && dependents->contains(orphan->record.id)) {
        REACHED("prune: another app depends on it");
        refusal = "its manifest is gone, but " +
                  dependents->at(orphan->record.id).front().ToString() + " depends on it";
      }
      AppRecord& record = orphan->record;
      if (!refusal.empty()) {
        record.reason = refusal + "; to remove it: tfgrid-compose down " + record.id.ToString();
        orphan->report.reason = record.reason;
        continue;
      }
      ASSIGN_OR_RETURN(Plan plan, PlanDeletion(parts, record, orphan->recorded));
      orphan->report.verdict = Verdict::kDelete;
      record.reason = "its manifest is gone from the source";
      orphan->report.reason = record.reason;
      orphan->report.plan_kind = PlanKind::kDelete;
      orphan->report.actions = DescribeActions(plan);
      orphan->plan = std::make_unique<Plan>(std::move(plan));
      orphan->decision = {};
    }
  }
  return {};
}

}  // namespace gitops

#include "engine/reconcile/prune.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "differ/describe.h"
#include "differ/planner.h"
#include "engine/base/mark.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/policy.h"

namespace gitops {
namespace {

/// An app whose manifest is gone, and why it stays; "" when it goes.
struct Orphan {
  Candidate* candidate = nullptr;
  std::string refusal;
};

/// Every app by its id; an app of the looks depends on what its manifest says now.
Result<std::map<AppId, AppRecord>> KnownApps(const EngineParts& parts,
                                             const std::vector<SourceLook>& looks) {
  std::map<AppId, AppRecord> records;
  ASSIGN_OR_RETURN(auto stored, parts.store.ListApps({}));
  for (AppRecord& record : stored) records.insert_or_assign(record.id, std::move(record));
  for (const SourceLook& look : looks) {
    for (const auto& candidate : look.candidates) {
      records.insert_or_assign(candidate->record.id, candidate->record);
    }
  }
  return records;
}

/// An app that something depends on stays with it, and so does what it depends on itself.
Status KeepNeeded(const EngineParts& parts, const std::vector<SourceLook>& looks,
                  std::vector<Orphan>& orphans) {
  std::map<AppId, Orphan*> going;
  for (Orphan& orphan : orphans) {
    if (orphan.refusal.empty()) going[orphan.candidate->record.id] = &orphan;
  }
  if (going.empty()) return {};
  ASSIGN_OR_RETURN(const auto records, KnownApps(parts, looks));
  std::vector<const AppRecord*> staying;
  for (const auto& [id, record] : records) {
    if (record.has_recorded_steps && !going.contains(id)) staying.push_back(&record);
  }
  while (!staying.empty()) {
    const AppRecord& record = *staying.back();
    staying.pop_back();
    for (const AppId& needed : DependencyIds(record.id.environment, record.depends_on)) {
      const auto found = going.find(needed);
      if (found == going.end()) continue;
      REACHED("prune: another app depends on it");
      found->second->refusal =
          "its manifest is gone, but " + record.id.ToString() + " depends on it";
      going.erase(found);
      staying.push_back(&records.at(needed));
    }
  }
  return {};
}

/// Why an orphan stays, as far as it can be said without looking at other apps.
std::string RefuseAlone(const EngineParts& parts, const AppRecord& record,
                        const PruneQuestion& question) {
  std::string refusal = RefusePrune(question);
  if (!refusal.empty()) return refusal;
  if (record.suspension) return "its manifest is gone; it is suspended, so it stays";
  return RefuseRepeatedDeletion(record, question.named, parts.clock.Now());
}

Status FindOrphans(const EngineParts& parts, const ReconcileRequest& request,
                   const SourceLook& look, std::vector<Orphan>& orphans) {
  std::vector<Candidate*> vanished;
  bool clean = look.clean;
  for (const auto& candidate : look.candidates) {
    if (candidate->record.presence == Presence::kOrphaned) vanished.push_back(candidate.get());
    // An unreadable manifest may be the one that is missed: it could be a renamed app.
    if (candidate->record.presence == Presence::kInvalid) clean = false;
  }
  if (vanished.empty()) return {};
  AppFilter filter;
  filter.source = look.source.name;
  ASSIGN_OR_RETURN(const std::size_t apps, parts.store.CountApps(filter));
  const EnvironmentSpec environment = parts.config.Environment(look.source.environment);
  for (Candidate* candidate : vanished) {
    if (!request.apps.empty() && !candidate->asked_for) continue;
    const PruneQuestion question{.orphans = vanished.size(),
                                 .apps = std::max(apps, vanished.size()),
                                 .enabled = environment.prune || request.prune,
                                 .clean_read = clean,
                                 .max_percent = environment.max_prune_percent,
                                 .named = request.prune && candidate->asked_for};
    orphans.push_back({candidate, RefuseAlone(parts, candidate->record, question)});
  }
  return {};
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
  std::vector<Orphan> orphans;
  for (const SourceLook& look : looks) {
    RETURN_IF_ERROR(FindOrphans(parts, request, look, orphans));
  }
  RETURN_IF_ERROR(KeepNeeded(parts, looks, orphans));
  for (const Orphan& orphan : orphans) {
    AppRecord& record = orphan.candidate->record;
    AppReport& report = *orphan.candidate->report;
    if (!orphan.refusal.empty()) {
      record.reason =
          orphan.refusal + "; to remove it: tfgrid-compose down " + record.id.ToString();
      report.reason = record.reason;
      continue;
    }
    ASSIGN_OR_RETURN(Plan plan, PlanDeletion(parts, record, orphan.candidate->recorded));
    report.verdict = Verdict::kDelete;
    record.reason = "its manifest is gone from the source";
    report.reason = record.reason;
    report.plan_kind = PlanKind::kDelete;
    report.actions = DescribeActions(plan);
    orphan.candidate->plan = std::make_unique<Plan>(std::move(plan));
    orphan.candidate->decision = {};
  }
  return {};
}

}  // namespace gitops

#include "engine/reconcile/dependencies.h"

#include <algorithm>
#include <map>

#include "engine/base/mark.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_plan.h"

namespace gitops {
namespace {

Candidate* Find(const std::vector<Candidate*>& candidates, const AppId& id) {
  const auto found = std::lower_bound(candidates.begin(), candidates.end(), id,
                                      [](const Candidate* candidate, const AppId& wanted) {
                                        return candidate->record.id < wanted;
                                      });
  return found != candidates.end() && (*found)->record.id == id ? *found : nullptr;
}

std::vector<AppId> DependenciesOf(const AppRecord& record) {
  return DependencyIds(record.id.environment, record.depends_on);
}

/// The dependencies of every candidate that has some, and of everything they reach.
Result<std::map<AppId, std::vector<AppId>>> CollectEdges(
    const EngineParts& parts, const std::vector<Candidate*>& candidates) {
  std::map<AppId, std::vector<AppId>> edges;
  std::vector<AppId> open;
  for (const Candidate* candidate : candidates) {
    if (candidate->record.depends_on.empty()) continue;
    edges[candidate->record.id] = DependenciesOf(candidate->record);
    const auto& list = edges[candidate->record.id];
    open.insert(open.end(), list.begin(), list.end());
  }
  while (!open.empty()) {
    const AppId id = open.back();
    open.pop_back();
    if (edges.contains(id) || Find(candidates, id) != nullptr) continue;
    ASSIGN_OR_RETURN(const auto record, parts.store.LoadApp(id));
    edges[id] = record ? DependenciesOf(*record) : std::vector<AppId>();
    open.insert(open.end(), edges[id].begin(), edges[id].end());
  }
  return edges;
}

void MarkCycle(Candidate& candidate, const std::string& cycle) {
  Diagnostic diagnostic;
  diagnostic.summary = "apps depend on each other";
  diagnostic.subject = "depends_on";
  diagnostic.detail = cycle;
  diagnostic.hint = "remove one of these dependencies";
  if (candidate.depends_on_place != nullptr) diagnostic.location = *candidate.depends_on_place;
  Block(candidate, diagnostic.summary + ": " + cycle);
  candidate.report->verdict = Verdict::kInvalid;
  candidate.record.diagnostics = {diagnostic};
  candidate.report->diagnostics = candidate.record.diagnostics;
}

void BlockOnUnknown(Candidate& candidate, const AppId& id) {
  Diagnostic diagnostic;
  diagnostic.summary = "a dependency is not known";
  diagnostic.subject = "depends_on";
  diagnostic.detail = "it depends on " + id.ToString() + ", which no source declares";
  diagnostic.hint = "push that app, or correct depends_on";
  if (candidate.depends_on_place != nullptr) diagnostic.location = *candidate.depends_on_place;
  Block(candidate, diagnostic.detail + "; " + diagnostic.hint);
  candidate.record.diagnostics.push_back(diagnostic);
  candidate.report->diagnostics = candidate.record.diagnostics;
}

bool CanNotComeUp(const Candidate& dependency) {
  const Verdict verdict = dependency.report->verdict;
  const bool broken = verdict == Verdict::kInvalid || verdict == Verdict::kBlocked ||
                      verdict == Verdict::kOrphaned || verdict == Verdict::kDelete;
  return broken && (!dependency.record.has_recorded_steps || verdict == Verdict::kDelete ||
                    dependency.record.health != Health::kHealthy);
}

}  // namespace

Status CheckDependencies(const EngineParts& parts, std::vector<Candidate*>& candidates) {
  ASSIGN_OR_RETURN(const auto edges, CollectEdges(parts, candidates));
  if (edges.empty()) return {};
  for (Candidate* candidate : candidates) {
    if (!edges.contains(candidate->record.id)) continue;
    if (const auto cycle = FindCycle(candidate->record.id, edges)) MarkCycle(*candidate, *cycle);
  }
  // A blocked dependency blocks what depends on it, and so on: repeat until nothing changes.
  for (bool changed = true; changed;) {
    changed = false;
    for (Candidate* candidate : candidates) {
      const Verdict verdict = candidate->report->verdict;
      if (verdict != Verdict::kCreate && verdict != Verdict::kUpdate) continue;
      for (const AppId& id : DependenciesOf(candidate->record)) {
        const Candidate* dependency = Find(candidates, id);
        ASSIGN_OR_RETURN(const auto known, dependency != nullptr
                                               ? Result<std::optional<AppRecord>>(std::nullopt)
                                               : parts.store.LoadApp(id));
        if (dependency == nullptr && !known) {
          BlockOnUnknown(*candidate, id);
        } else if (dependency != nullptr && CanNotComeUp(*dependency)) {
          Block(*candidate, "blocked by " + id.ToString() + ": " + dependency->report->reason);
        } else {
          continue;
        }
        changed = true;
        break;
      }
    }
  }
  return {};
}

Result<std::string> RefuseForDependencies(const EngineParts& parts, const Candidate& candidate,
                                          const std::vector<Candidate*>& candidates) {
  if (candidate.plan->kind == PlanKind::kDelete) {
    for (const Candidate* other : candidates) {
      const std::vector<AppId> needed = DependenciesOf(other->record);
      if (!other->report->failed || other->record.id == candidate.record.id ||
          std::find(needed.begin(), needed.end(), candidate.record.id) == needed.end()) {
        continue;
      }
      REACHED("dependency: what depends on a deleted app could not be deleted");
      return "it stays, because " + other->record.id.ToString() +
             ", which depends on it, failed in this pass";
    }
  }
  if (candidate.plan->kind != PlanKind::kApply) return std::string();
  for (const AppId& id : DependenciesOf(candidate.record)) {
    const Candidate* dependency = Find(candidates, id);
    if (dependency != nullptr && dependency->report->failed) {
      REACHED("dependency: it failed in this pass");
      return "blocked by " + id.ToString() + ", which failed in this pass";
    }
    std::optional<AppRecord> record;
    if (dependency != nullptr) {
      record = dependency->record;
    } else {
      ASSIGN_OR_RETURN(record, parts.store.LoadApp(id));
    }
    if (!record || record->health != Health::kHealthy) {
      return "blocked by " + id.ToString() + ", which is " +
             std::string(ToString(record ? record->health : Health::kMissing));
    }
  }
  return std::string();
}

}  // namespace gitops

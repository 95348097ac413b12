#include "engine/reconcile/snapshot_stage.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "engine/reconcile/app_outcome.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

/// Numbers around the newest that are no longer kept: their trees may go. Dropping one that is gone
/// already does nothing, so this needs no memory of what was dropped. A number after all that are
/// kept may be one that somebody else is just making.
std::vector<int> UnkeptNumbers(const std::vector<Snapshot>& kept, int newest, int keep) {
  std::set<int> numbers;
  for (const Snapshot& snapshot : kept) numbers.insert(snapshot.number);
  std::vector<int> unkept;
  const int end = numbers.empty() ? 0 : std::min(newest, *numbers.rbegin());
  for (int number = std::max(1, newest - keep - 5); number < end; ++number) {
    if (!numbers.contains(number)) unkept.push_back(number);
  }
  return unkept;
}

Snapshot MakeSnapshot(const Candidate& candidate, int number, WallTime now) {
  const Plan& plan = *candidate.plan;
  Snapshot snapshot;
  snapshot.app = plan.app;
  snapshot.number = number;
  snapshot.source = candidate.source->name;
  snapshot.directory = candidate.record.directory;
  snapshot.revision = plan.revision;
  snapshot.app_tree = plan.app_tree;
  snapshot.pattern_tree = plan.pattern_tree;
  snapshot.pattern = plan.pattern;
  snapshot.provider = plan.provider;
  snapshot.desired_digest = plan.desired_digest;
  snapshot.created_at = now;
  return snapshot;
}

/// The snapshots that one source keeps for one environment.
struct Batch {
  const SourceSpec* source = nullptr;
  std::string environment;
  std::vector<std::size_t> candidates;
  std::vector<SnapshotRequest> add;
  std::vector<std::pair<AppId, int>> drop;
};

using Batches = std::map<std::pair<std::string, std::string>, Batch>;

Result<Snapshot> AddToBatch(const EngineParts& parts, const Candidate& candidate, Batch& batch) {
  const AppId& app = candidate.record.id;
  ASSIGN_OR_RETURN(const auto kept, parts.store.ListSnapshots(app));
  ASSIGN_OR_RETURN(const int number, parts.store.NextSnapshotNumber(app));
  batch.source = candidate.source.get();
  batch.environment = app.environment;
  batch.add.push_back({app, number, candidate.plan->app_tree, candidate.plan->pattern_tree});
  for (const int unkept : UnkeptNumbers(kept, number, parts.config.limits.keep_snapshots)) {
    batch.drop.emplace_back(app, unkept);
  }
  return MakeSnapshot(candidate, number, parts.clock.Now());
}

/// Brings patterns from outside the source's repository into its mirror, then writes the batch.
Status WriteSnapshots(const EngineParts& parts, const std::vector<Candidate*>& candidates,
                      const Batch& batch) {
  std::set<ObjectId> imported;
  for (const std::size_t index : batch.candidates) {
    const Candidate& candidate = *candidates[index];
    const ObjectId& tree = candidate.plan->pattern_tree;
    if (!candidate.wanted->pattern_is_foreign || !imported.insert(tree).second) continue;
    ASSIGN_OR_RETURN(const ObjectId copied,
                     parts.mirror.Import(*batch.source, *candidate.wanted->pattern_files));
    CHECK(copied == tree);
  }
  return parts.mirror.WriteSnapshots(*batch.source, batch.environment, batch.add, batch.drop);
}

/// Brings the trees into the mirror, where they stay although no ref holds them yet.
Status WriteTrees(const EngineParts& parts, const std::vector<Candidate*>& candidates,
                  const Batch& batch) {
  for (const std::size_t index : batch.candidates) {
    Candidate& candidate = *candidates[index];
    const Wanted& wanted = *candidate.wanted;
    ASSIGN_OR_RETURN(const ObjectId app, parts.mirror.Import(*batch.source, *wanted.app_files));
    CHECK(app == candidate.plan->app_tree);
    ASSIGN_OR_RETURN(const ObjectId pattern,
                     parts.mirror.Import(*batch.source, *wanted.pattern_files));
    CHECK(pattern == candidate.plan->pattern_tree);
    candidate.snapshot_waits = true;
  }
  return {};
}

void Refuse(Candidate& candidate, const Error& error) {
  candidate.report->failed = true;
  candidate.report->actions.clear();
  candidate.report->diagnostics = error.diagnostics;
  candidate.record.reason =
      "nothing was changed, as no snapshot could be kept: " + error.ToString();
  candidate.record.dirty = true;
  candidate.report->reason = candidate.record.reason;
}

}  // namespace

Result<std::vector<std::optional<Snapshot>>> KeepSnapshots(const EngineParts& parts, KeepWhat what,
                                                           std::vector<Candidate*>& to_apply) {
  Batches batches;
  std::vector<std::optional<Snapshot>> snapshots(to_apply.size());
  for (std::size_t i = 0; i < to_apply.size(); ++i) {
    const Candidate& candidate = *to_apply[i];
    if (candidate.plan->kind != PlanKind::kApply) continue;
    Batch& batch = batches[{candidate.source->name, candidate.record.id.environment}];
    batch.candidates.push_back(i);
    ASSIGN_OR_RETURN(snapshots[i], AddToBatch(parts, candidate, batch));
  }
  std::vector<bool> refused(to_apply.size());
  for (const auto& [key, batch] : batches) {
    const Status written = what == KeepWhat::kTrees ? WriteTrees(parts, to_apply, batch)
                                                    : WriteSnapshots(parts, to_apply, batch);
    if (written) continue;
    for (const std::size_t index : batch.candidates) {
      refused[index] = true;
      Refuse(*to_apply[index], written.error());
      RETURN_IF_ERROR(SaveOutcome(parts.store, to_apply[index]->record, {}));
    }
  }
  std::vector<Candidate*> left;
  std::vector<std::optional<Snapshot>> kept;
  for (std::size_t i = 0; i < to_apply.size(); ++i) {
    if (refused[i]) continue;
    left.push_back(to_apply[i]);
    kept.push_back(std::move(snapshots[i]));
  }
  to_apply = std::move(left);
  return kept;
}

Result<std::optional<Error>> GuardSnapshot(const EngineParts& parts, const AppRecord& app,
                                           const Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const auto kept, parts.store.ListSnapshots(app.id));
  AppRecord there = app;  // It may have moved from one source to another.
  there.source = snapshot.source;
  std::vector<std::pair<AppId, int>> drop;
  for (const int number :
       UnkeptNumbers(kept, snapshot.number, parts.config.limits.keep_snapshots)) {
    drop.emplace_back(app.id, number);
  }
  Status written = parts.mirror.WriteSnapshots(
      SpecOf(parts.config, there), app.id.environment,
      {{app.id, snapshot.number, snapshot.app_tree, snapshot.pattern_tree}}, drop);
  if (written) return std::optional<Error>();
  return std::optional(std::move(written).error().WithContext("keeping the run's snapshot"));
}

Result<Diagnostics> RemoveSnapshots(const EngineParts& parts, const AppRecord& app) {
  ASSIGN_OR_RETURN(const auto snapshots, parts.store.ListSnapshots(app.id));
  std::set<std::string> sources;
  for (const Snapshot& snapshot : snapshots) sources.insert(snapshot.source);
  Diagnostics warnings;
  for (const std::string& source : sources) {
    AppRecord there = app;  // It may have moved from one source to another.
    there.source = source;
    const Status removed = parts.mirror.WriteSnapshots(
        SpecOf(parts.config, there), app.id.environment, {}, {{app.id, kAllSnapshots}});
    if (removed) continue;
    Diagnostic warning = removed.error().primary();
    warning.detail = warning.summary + ": " + warning.detail;
    warning.severity = Severity::kWarning;
    warning.summary = "snapshots of a deleted app stay";
    warning.subject = app.id.ToString();
    warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace gitops

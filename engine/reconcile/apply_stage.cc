#include "engine/reconcile/apply_stage.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "engine/base/check.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_outcome.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/dependencies.h"
#include "engine/reconcile/snapshot_stage.h"
#include "engine/reconcile/worker_pool.h"

namespace gitops {
namespace {

/// The apps of a pass in dependency order; deletions the other way round.
class ApplyFeed : public WorkFeed {
 public:
  ApplyFeed(const EngineParts& parts, AppRunner& runner, const std::vector<Candidate*>& all,
            std::vector<Candidate*> to_apply, std::vector<std::optional<Snapshot>> snapshots,
            std::stop_token stop)
      : parts_(parts),
        runner_(runner),
        all_(all),
        to_apply_(std::move(to_apply)),
        snapshots_(std::move(snapshots)),
        order_(WaitsFor(to_apply_)),
        stop_(std::move(stop)) {}

  std::size_t Take() override { return order_.Take().value_or(kNothingReady); }
  bool Exhausted() const override {
    const std::lock_guard lock(mutex_);
    return order_.Exhausted() || error_.has_value();
  }
  void Finish(std::size_t item) override { order_.Finish(item); }
  void Run(std::size_t item) override {
    if (Status done = Apply(*to_apply_[item], std::move(snapshots_[item])); !done) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::move(done).error();
    }
  }

  /// The first error that concerns more than one app. To be asked when the feed has ended.
  const std::optional<Error>& error() const { return error_; }

 private:
  static std::vector<std::vector<std::size_t>> WaitsFor(const std::vector<Candidate*>& apps) {
    std::map<AppId, std::size_t> index;
    for (std::size_t i = 0; i < apps.size(); ++i) index[apps[i]->record.id] = i;
    std::vector<std::vector<std::size_t>> waits(apps.size());
    for (std::size_t i = 0; i < apps.size(); ++i) {
      const bool deletes = apps[i]->plan->kind == PlanKind::kDelete;
      for (const AppId& id :
           DependencyIds(apps[i]->record.id.environment, apps[i]->record.depends_on)) {
        const auto other = index.find(id);
        if (other == index.end()) continue;
        const bool other_deletes = apps[other->second]->plan->kind == PlanKind::kDelete;
        if (!deletes && !other_deletes) waits[i].push_back(other->second);
        if (other_deletes) waits[other->second].push_back(i);
      }
    }
    return waits;
  }

  Status Apply(Candidate& candidate, std::optional<Snapshot> snapshot) {
    Status applied = ApplyOne(parts_, runner_, candidate, all_, std::move(snapshot), stop_);
    if (!applied && applied.error().kind == ErrorKind::kConflict && candidate.report->run == 0) {
      // Somebody else moved this app on: the next pass plans it anew.
      Block(candidate, applied.error().ToString());
      return {};
    }
    return applied;
  }

  const EngineParts& parts_;
  AppRunner& runner_;
  const std::vector<Candidate*>& all_;
  std::vector<Candidate*> to_apply_;
  std::vector<std::optional<Snapshot>> snapshots_;
  AppOrder order_;
  std::stop_token stop_;
  mutable std::mutex mutex_;  ///< Guards error_ while items run.
  std::optional<Error> error_;
};

/// As many again as may change their apps at once (see AppRunner): while an end is being written
/// down, the next app has its turn, and several ends share a sync. One at a time is just that.
int ThreadsFor(const Limits& limits) {
  return limits.parallel_apps > 1 ? 2 * limits.parallel_apps : 1;
}

}  // namespace

Status ApplyOne(const EngineParts& parts, AppRunner& runner, Candidate& candidate,
                const std::vector<Candidate*>& all, std::optional<Snapshot> snapshot,
                std::stop_token stop) {
  ASSIGN_OR_RETURN(std::string refusal, RefuseForDependencies(parts, candidate, all));
  if (!refusal.empty()) {
    Block(candidate, std::move(refusal));
    return SaveOutcome(parts.store, candidate.record, {});
  }
  const bool deletes = candidate.plan->kind == PlanKind::kDelete;
  if (candidate.plan->IsEmpty()) {
    CHECK(deletes);  // Nothing of it exists: only its snapshots and rows go.
    ASSIGN_OR_RETURN(Diagnostics stay, RemoveSnapshots(parts, candidate.record));
    Diagnostics& told = candidate.report->diagnostics;
    told.insert(told.end(), stay.begin(), stay.end());
    return parts.store.ForgetApp(candidate.record.id, {});
  }
  const RunTrigger trigger = deletes               ? RunTrigger::kPrune
                             : candidate.asked_for ? RunTrigger::kManual
                                                   : RunTrigger::kSync;
  return runner.Apply(candidate, trigger, std::move(snapshot), false, std::move(stop));
}

Status ApplyAll(const EngineParts& parts, AppRunner& runner, std::vector<Candidate*>& candidates,
                std::stop_token stop) {
  std::vector<Candidate*> to_apply;
  for (Candidate* candidate : candidates) {
    const Verdict verdict = candidate->report->verdict;
    if (candidate->plan && candidate->decision.permission == Permission::kApply &&
        (verdict == Verdict::kCreate || verdict == Verdict::kUpdate ||
         verdict == Verdict::kDelete)) {
      to_apply.push_back(candidate);
    }
  }
  if (to_apply.empty()) return {};
  ASSIGN_OR_RETURN(auto snapshots, KeepSnapshots(parts, KeepWhat::kSnapshots, to_apply));
  ApplyFeed feed(parts, runner, candidates, to_apply, std::move(snapshots), stop);
  RunFeed(feed, std::min(ThreadsFor(parts.config.limits), static_cast<int>(to_apply.size())), stop);
  if (feed.error()) return *feed.error();
  if (stop.stop_requested()) {
    return MakeError(ErrorKind::kCancelled, "stopped", "a stop was requested");
  }
  return {};
}

}  // namespace gitops

#include "engine/reconcile/drift_check.h"

#include <map>
#include <optional>
#include <utility>

#include "engine/reconcile/app_redactor.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/drift_decision.h"
#include "engine/reconcile/no_log.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestDetail = 1000;

/// What a step was last carried out with.
struct StepOrigin {
  Revision revision;
  std::string app_version;
  RunTrees trees;
  Redactor redactor;
};

/// Looks at the steps of one app, one after the other.
class Observer {
 public:
  Observer(const EngineParts& parts, const AppRecord& record, const RecordedState& recorded,
           std::stop_token stop)
      : parts_(parts),
        record_(record),
        source_(SpecOf(parts.config, record)),
        stop_(std::move(stop)) {
    for (const RecordedStep& step : recorded.steps) outputs_[step.step.address] = step.outputs;
  }

  Result<StepDrift> Look(const RecordedStep& step) {
    if (stop_.stop_requested()) return Stopped();
    Driver* const driver = parts_.drivers.Find(step.step.driver);
    if (driver == nullptr || !CanDrift(step)) return DecideDrift(step, std::nullopt);
    ASSIGN_OR_RETURN(const StepOrigin* origin, OriginOf(step.run));
    // A step that did not run since may be of a run that knew fewer secrets.
    ASSIGN_OR_RETURN(const StepOrigin* newest, OriginOf(record_.last_run));
    NoLog log;
    const StepContext context{.app = record_.id,
                              .revision = origin->revision,
                              .app_version = origin->app_version,
                              .step = step.step,
                              .app_tree = origin->trees.app_files.get(),
                              .pattern_tree = origin->trees.pattern_files.get(),
                              .variables = origin->trees.variables,
                              .outputs = outputs_,
                              .previous = outputs_[step.step.address],
                              .run = step.run,
                              .log = log,
                              .timeout = parts_.config.limits.step_timeout};
    std::optional<Result<ObservedStep>> seen = driver->Observe(context, stop_);
    if (!*seen && seen->error().kind == ErrorKind::kCancelled) return Stopped();
    StepDrift drift = DecideDrift(step, seen);
    drift.detail = newest->redactor.Redact(origin->redactor.Redact(drift.detail));
    if (drift.detail.size() > kLongestDetail) drift.detail.resize(kLongestDetail);
    return drift;
  }

 private:
  static Error Stopped() {
    return MakeError(ErrorKind::kCancelled, "stopped", "while it was looked at what is there");
  }

  /// What a run worked with; of one that is not on record any more the trees are
  /// not known.
  Result<const StepOrigin*> OriginOf(RunId id) {
    const auto known = origins_.find(id);
    if (known != origins_.end()) return &known->second;
    StepOrigin origin;
    ASSIGN_OR_RETURN(const auto run, parts_.store.LoadRun(id));
    if (run) {
      origin.revision = run->plan.revision;
      origin.app_version = run->plan.app_version;
      ASSIGN_OR_RETURN(origin.trees, OpenRunTrees(parts_, source_, run->plan));
      origin.redactor = RedactorFor(origin.trees.variables);
    }
    return &origins_.emplace(id, std::move(origin)).first->second;
  }

  const EngineParts& parts_;
  const AppRecord& record_;
  const SourceSpec source_;
  const std::stop_token stop_;
  std::map<StepAddress, Outputs> outputs_;
  std::map<RunId, StepOrigin> origins_;
};

AppDrift NotLookedAt(AppDrift drift, std::string reason) {
  drift.verdict = DriftVerdict::kUnknown;
  drift.steps.clear();
  drift.reason = std::move(reason);
  return drift;
}

}  // namespace

Result<bool> IsRunning(const EngineParts& parts, const AppRecord& record) {
  if (record.last_run == 0) return false;
  ASSIGN_OR_RETURN(const auto run, parts.store.LoadRun(record.last_run));
  return run && run->status == RunStatus::kRunning;
}

Result<std::vector<StepDrift>> ObserveSteps(const EngineParts& parts, const AppRecord& record,
                                            const RecordedState& recorded,
                                            const std::function<bool(const RecordedStep&)>& wanted,
                                            std::stop_token stop) {
  Observer observer(parts, record, recorded, std::move(stop));
  std::vector<StepDrift> drifts;
  for (const RecordedStep& step : recorded.steps) {
    if (!wanted(step)) continue;
    ASSIGN_OR_RETURN(StepDrift drift, observer.Look(step));
    drifts.push_back(std::move(drift));
  }
  return drifts;
}

Result<AppDrift> CheckDrift(const EngineParts& parts, const AppRecord& record,
                            std::stop_token stop) {
  ASSIGN_OR_RETURN(const RecordedState recorded, parts.store.LoadRecorded(record.id));
  AppDrift drift;
  drift.app = record.id;
  drift.serial = recorded.serial;
  drift.checked = parts.clock.Now();
  ASSIGN_OR_RETURN(const bool running, IsRunning(parts, record));
  if (running) {
    return NotLookedAt(
        drift, "run " + std::to_string(record.last_run) + " of it is under way or was interrupted");
  }
  if (recorded.steps.empty()) return NotLookedAt(drift, "nothing of it has been applied");
  ASSIGN_OR_RETURN(drift.steps, ObserveSteps(
                                    parts, record, recorded,
                                    [](const RecordedStep&) { return true; }, std::move(stop)));
  drift.verdict = Overall(drift.steps);
  // A run that began meanwhile has changed what was looked at: what was seen is neither the old
  // state nor the new one.
  ASSIGN_OR_RETURN(const auto now, parts.store.LoadApp(record.id));
  if (!now || now->last_run != record.last_run || now->recorded_serial != recorded.serial) {
    return NotLookedAt(drift, "it was changed while it was looked at");
  }
  return drift;
}

}  // namespace gitops

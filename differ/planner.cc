#include "differ/planner.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "differ/changes.h"
#include "differ/differ.h"
#include "differ/ordering.h"
#include "differ/reasons.h"
#include "engine/base/check.h"

namespace gitops {
namespace {

template <typename T>
void SortUnique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

template <typename T, typename Key>
bool IsStrictlySorted(const std::vector<T>& items, Key key) {
  return std::adjacent_find(items.begin(), items.end(), [&](const T& a, const T& b) {
           return !(key(a) < key(b));
         }) == items.end();
}

/// True for what Canonicalise() would leave as it is, which is how expansion makes it.
bool IsCanonical(const DesiredState& desired) {
  const auto address = [](const Step& step) -> const StepAddress& { return step.address; };
  const auto name = [](const Input& input) -> const std::string& { return input.name; };
  return IsStrictlySorted(desired.steps, address) &&
         std::all_of(desired.steps.begin(), desired.steps.end(), [&](const Step& step) {
           return IsStrictlySorted(step.inputs, name) &&
                  IsStrictlySorted(step.consumes, std::identity()) &&
                  IsStrictlySorted(step.after, std::identity());
         });
}

/// Brings a state into the one order that plan bytes are made of.
void Canonicalise(DesiredState& desired) {
  std::sort(desired.steps.begin(), desired.steps.end(),
            [](const Step& a, const Step& b) { return a.address < b.address; });
  for (Step& step : desired.steps) {
    std::sort(step.inputs.begin(), step.inputs.end(),
              [](const Input& a, const Input& b) { return a.name < b.name; });
    SortUnique(step.consumes);
    SortUnique(step.after);
  }
}

/// A step that was started and never succeeded has no inputs on record.
bool NeverSucceeded(const RecordedStep& recorded) {
  return recorded.tainted && recorded.step.inputs.empty() && recorded.outputs.empty();
}

ActionKind KindOf(const Step& desired, const RecordedStep* recorded, ReasonCode why) {
  if (desired.nature == StepNature::kHook) return ActionKind::kRun;
  if (recorded == nullptr || why == ReasonCode::kMissing) return ActionKind::kCreate;
  if (FindDriverChange(recorded->step, desired)) return ActionKind::kReplace;
  return NeverSucceeded(*recorded) ? ActionKind::kCreate : ActionKind::kUpdate;
}

/// Collects the actions of one plan, in order.
class PlanBuilder {
 public:
  /// Takes what it needs out of `diff`, whose steps are sorted by address.
  PlanBuilder(const RecordedState& recorded, Diff& diff, const PlanOptions& options)
      : recorded_(recorded), diff_(diff), options_(options) {}

  /// Plans the removal of every recorded step that is not desired any more.
  void AddRemovals() {
    std::vector<const Step*> gone;
    for (const RecordedStep& step : recorded_.steps) {
      if (DiffAt(step.step.address).verdict == StepVerdict::kRemoved) gone.push_back(&step.step);
    }
    for (const Step* step : OrderForRemoval(gone)) {
      StepDiff& diff = DiffAt(step->address);
      Add({ActionKind::kDelete, *step, diff.reason, std::move(diff.changes), {}, false});
    }
  }

  /// Plans `step` if it has to run, or might have to: then it is taken over. REQUIRES: all that
  /// come before it were added.
  void AddStep(Step& step) {
    StepDiff& diff = DiffAt(step.address);
    Action action;
    const auto drifted = options_.drifted.find(step.address);
    if (options_.force) {
      action.reason = PlainReason(ReasonCode::kForced);
    } else if (diff.verdict != StepVerdict::kUnchanged) {
      action.reason = diff.reason;
    } else if (drifted != options_.drifted.end()) {
      action.reason = drifted->second;
    } else if (step.after_any && any_planned_) {
      action.reason = PlainReason(ReasonCode::kAfterOtherSteps);
      action.guard_any = !any_unguarded_;
    } else {
      action.guard = PlannedRefs(step);
      if (action.guard.empty()) return;
      action.reason = UpstreamMayChangeReason(action.guard);
    }
    action.kind = KindOf(step, recorded_.Find(step.address), action.reason.code);
    action.step = std::move(step);
    action.changes = std::move(diff.changes);
    Add(std::move(action));
  }

  std::vector<Action> Take() { return std::move(actions_); }

 private:
  StepDiff& DiffAt(const StepAddress& address) {
    const auto found = std::lower_bound(
        diff_.steps.begin(), diff_.steps.end(), address,
        [](const StepDiff& step, const StepAddress& wanted) { return step.address < wanted; });
    CHECK(found != diff_.steps.end() && found->address == address);
    return *found;
  }

  void Add(Action action) {
    planned_.insert(action.step.address);
    // A check of the whole app is no reason for another one to run.
    if (!action.step.after_any) {
      any_planned_ = true;
      any_unguarded_ = any_unguarded_ || action.guard.empty();
    }
    actions_.push_back(std::move(action));
  }

  /// The outputs `step` consumes of steps that are planned and so may change them.
  std::vector<OutputRef> PlannedRefs(const Step& step) const {
    std::vector<OutputRef> refs;
    for (const OutputRef& ref : step.consumes) {
      if (planned_.contains(ref.step)) refs.push_back(ref);
    }
    return refs;
  }

  const RecordedState& recorded_;
  Diff& diff_;
  const PlanOptions& options_;
  std::vector<Action> actions_;
  std::set<StepAddress> planned_;
  bool any_planned_ = false;    ///< Any action but checks of the whole app.
  bool any_unguarded_ = false;  ///< Of these: one that runs in any case.
};

// Names that expansion gives: drivers, and what a "files" step says of the hook that undoes the
// app.
constexpr std::string_view kFilesDriver = "files";
constexpr std::string_view kHookDriver = "hook";
constexpr std::string_view kTeardownParameter = "teardown";
constexpr std::string_view kTeardownTimeoutParameter = "teardown_timeout_seconds";

/// True when a hook that may have left something on the host of `files` was started there, or on
/// all hosts at once. Checks leave nothing.
bool AnyHookStarted(const Step& files, const RecordedState& recorded) {
  return std::any_of(recorded.steps.begin(), recorded.steps.end(), [&](const RecordedStep& known) {
    const Step& step = known.step;
    return step.nature == StepNature::kHook && !step.after_any &&
           step.address.phase == Phase::kApp &&
           (step.address.host.empty() || step.address.host == files.address.host);
  });
}

/// The teardown hook that the app's files on one host bring, if they do and there is what it
/// undoes.
std::optional<Action> TeardownOf(const Step& files, const RecordedState& recorded) {
  const auto script = files.parameters.find(std::string(kTeardownParameter));
  if (files.driver != kFilesDriver || script == files.parameters.end() || script->second.empty() ||
      !AnyHookStarted(files, recorded)) {
    return std::nullopt;
  }
  Action action;
  action.kind = ActionKind::kRun;
  action.reason = PlainReason(ReasonCode::kAppDeleted);
  action.step.address = {Phase::kApp, "teardown", files.address.host};
  action.step.driver = kHookDriver;
  action.step.nature = StepNature::kHook;
  action.step.parameters = {{"hook", "teardown"}, {"script", script->second}};
  const auto timeout = files.parameters.find(std::string(kTeardownTimeoutParameter));
  if (timeout != files.parameters.end()) {
    action.step.parameters["timeout_seconds"] = timeout->second;
  }
  return action;
}

}  // namespace

Result<Plan> BuildPlan(DesiredState desired, const RecordedState& recorded,
                       const PlanOptions& options) {
  if (!IsCanonical(desired)) Canonicalise(desired);
  ASSIGN_OR_RETURN(const std::vector<const Step*> order, OrderSteps(desired.steps));
  Diff diff = ComputeDiff(&desired, recorded);

  Plan plan;
  plan.app = desired.app;
  plan.kind = options.kind;
  plan.revision = desired.revision;
  plan.recorded_serial = recorded.serial;
  plan.desired_digest = desired.Digest();
  plan.app_version = desired.app_version;
  plan.pattern = desired.pattern;
  plan.provider = desired.provider;
  plan.app_tree = desired.app_tree;
  plan.pattern_tree = desired.pattern_tree;

  PlanBuilder builder(recorded, diff, options);
  builder.AddRemovals();
  for (const Step* step : order) {
    builder.AddStep(desired.steps[static_cast<std::size_t>(step - desired.steps.data())]);
  }
  plan.to_snapshot = options.kind == PlanKind::kRollback ? options.to_snapshot : 0;
  plan.actions = builder.Take();
  return plan;
}

Plan BuildDeletePlan(const RecordedState& recorded, const Plan& last) {
  Plan plan = last;
  plan.app = recorded.app;
  plan.kind = PlanKind::kDelete;
  plan.recorded_serial = recorded.serial;
  plan.desired_digest.clear();
  plan.to_snapshot = 0;
  plan.actions.clear();

  std::vector<const Step*> steps;
  for (const RecordedStep& step : recorded.steps) steps.push_back(&step.step);
  const std::vector<const Step*> order = OrderForRemoval(steps);
  for (const Step* step : order) {
    if (auto teardown = TeardownOf(*step, recorded)) plan.actions.push_back(*std::move(teardown));
  }
  for (const Step* step : order) {
    // What a hook did is undone by the teardown hook; its record goes with the app's.
    if (step->nature == StepNature::kHook) continue;
    plan.actions.push_back({ActionKind::kDelete,
                            *step,
                            PlainReason(ReasonCode::kAppDeleted),
                            CompareInputs(OwnInputs(*step), {}),
                            {},
                            false});
  }
  return plan;
}

}  // namespace gitops

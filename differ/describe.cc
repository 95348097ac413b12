#include "differ/describe.h"

#include <algorithm>
#include <utility>

#include "differ/reasons.h"

namespace gitops {
namespace {

bool HasBothSides(const Change& change) { return change.from.has_value() && change.to.has_value(); }

bool EverSucceeded(const RecordedState& recorded) {
  return std::any_of(recorded.steps.begin(), recorded.steps.end(), [](const RecordedStep& step) {
    return !step.tainted || !step.step.inputs.empty() || !step.outputs.empty();
  });
}

/// Reasons that say more of an app than changed inputs do.
bool IsPressing(ReasonCode code) {
  return code == ReasonCode::kLastAttemptFailed || code == ReasonCode::kOutcomeUnknown ||
         code == ReasonCode::kDriverChanged || code == ReasonCode::kForced ||
         code == ReasonCode::kMissing || code == ReasonCode::kDrifted;
}

std::string MostTelling(const Plan& plan) {
  Plan changed;
  for (const Action& action : plan.actions) {
    if (IsPressing(action.reason.code)) {
      return action.step.address.ToString() + ": " + action.reason.text;
    }
    if (action.reason.code == ReasonCode::kInputsChanged ||
        action.reason.code == ReasonCode::kPatternChanged) {
      changed.actions.push_back(action);
    }
  }
  if (!changed.IsEmpty()) return InputsReason(CollectChanges(changed)).text;
  const Action& first = plan.actions.front();
  return first.step.address.ToString() + ": " + first.reason.text;
}

/// The other three are parts of `action`, or copies of them.
ActionReport Describe(const Action& action, StepAddress address, Reason reason,
                      std::vector<Change> changes) {
  ActionReport report;
  report.guard = DescribeGuard(action);
  report.address = std::move(address);
  report.kind = action.kind;
  report.reason = std::move(reason);
  report.changes = std::move(changes);
  return report;
}

}  // namespace

std::vector<ActionReport> DescribeActions(const Plan& plan) {
  std::vector<ActionReport> reports;
  reports.reserve(plan.actions.size());
  for (const Action& action : plan.actions) {
    reports.push_back(
        Describe(action, action.step.address, action.reason, std::vector<Change>(action.changes)));
  }
  return reports;
}

std::vector<ActionReport> DescribeActions(Plan&& plan) {
  std::vector<ActionReport> reports;
  reports.reserve(plan.actions.size());
  for (Action& action : plan.actions) {
    reports.push_back(Describe(action, std::move(action.step.address), std::move(action.reason),
                               std::move(action.changes)));
  }
  return reports;
}

std::vector<Change> CollectChanges(const Plan& plan) {
  std::vector<const Change*> by_path;
  for (const Action& action : plan.actions) {
    for (const Change& change : action.changes) by_path.push_back(&change);
  }
  // Of those of one path the first with both sides, else the first.
  std::stable_sort(by_path.begin(), by_path.end(), [](const Change* a, const Change* b) {
    const int order = a->path.compare(b->path);
    return order < 0 || (order == 0 && HasBothSides(*a) && !HasBothSides(*b));
  });
  const auto same_path = [](const Change* a, const Change* b) { return a->path == b->path; };
  by_path.erase(std::unique(by_path.begin(), by_path.end(), same_path), by_path.end());
  std::vector<Change> changes;
  changes.reserve(by_path.size());
  for (const Change* change : by_path) changes.push_back(*change);
  return changes;
}

Verdict VerdictOf(const Plan& plan, const RecordedState& recorded) {
  if (plan.kind == PlanKind::kDelete) return Verdict::kDelete;
  if (plan.IsEmpty()) return Verdict::kUnchanged;
  return EverSucceeded(recorded) ? Verdict::kUpdate : Verdict::kCreate;
}

std::string DescribePlan(const Plan& plan, const RecordedState& recorded) {
  switch (VerdictOf(plan, recorded)) {
    case Verdict::kUnchanged:
      return "nothing changed";
    case Verdict::kDelete:
      return PlainReason(ReasonCode::kAppDeleted).text;
    case Verdict::kCreate:
      return recorded.steps.empty() ? "the app is new" : "the app was never brought up completely";
    default:
      break;
  }
  return MostTelling(plan);
}

ActionCounts CountActions(const std::vector<ActionReport>& actions) {
  ActionCounts counts;
  for (const ActionReport& action : actions) {
    if (!action.guard.empty()) ++counts.guarded;
    switch (action.kind) {
      case ActionKind::kCreate:
        ++counts.create;
        break;
      case ActionKind::kUpdate:
        ++counts.update;
        break;
      case ActionKind::kReplace:
        ++counts.replace;
        break;
      case ActionKind::kDelete:
        ++counts.removed;
        break;
      case ActionKind::kRun:
        ++counts.run;
        break;
    }
  }
  return counts;
}

}  // namespace gitops

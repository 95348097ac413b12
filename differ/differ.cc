#include "differ/differ.h"

#include <algorithm>
#include <cstddef>

#include "differ/changes.h"
#include "differ/reasons.h"

namespace gitops {
namespace {

StepDiff Added(const Step& desired) {
  return {desired.address, StepVerdict::kAdded, CompareInputs({}, desired.inputs),
          NotRecordedReason(desired.nature)};
}

StepDiff Removed(const RecordedStep& recorded, ReasonCode why) {
  return {recorded.step.address, StepVerdict::kRemoved, CompareInputs(OwnInputs(recorded.step), {}),
          PlainReason(why)};
}

/// Why a recorded step has to run, most pressing first; kUnchanged when it has not to.
Reason ReasonFor(const Step& desired, const RecordedStep& recorded,
                 const std::vector<Change>& inputs, const std::vector<Change>& outputs) {
  if (recorded.outcome_unknown) return PlainReason(ReasonCode::kOutcomeUnknown);
  if (recorded.tainted) return PlainReason(ReasonCode::kLastAttemptFailed);
  if (const auto driver = FindDriverChange(recorded.step, desired)) {
    return DriverReason(driver->from, driver->to);
  }
  if (!inputs.empty()) return InputsReason(inputs);
  if (!outputs.empty()) return UpstreamChangedReason(outputs);
  return PlainReason(ReasonCode::kUnchanged);
}

StepDiff Compared(const Step& desired, const RecordedStep& recorded, const RecordedState& state) {
  StepDiff diff;
  diff.address = desired.address;
  diff.changes = CompareInputs(OwnInputs(recorded.step), desired.inputs);
  const std::vector<Change> outputs = CompareConsumedOutputs(desired, recorded, state);
  diff.reason = ReasonFor(desired, recorded, diff.changes, outputs);
  diff.verdict =
      diff.reason.code == ReasonCode::kUnchanged ? StepVerdict::kUnchanged : StepVerdict::kChanged;
  diff.changes.insert(diff.changes.end(), outputs.begin(), outputs.end());
  std::sort(diff.changes.begin(), diff.changes.end(),
            [](const Change& a, const Change& b) { return a.path < b.path; });
  return diff;
}

/// Of two at one address the later one counts.
void SortByAddress(std::vector<StepDiff>& steps) {
  const auto lower = [](const StepDiff& a, const StepDiff& b) { return a.address < b.address; };
  const auto same = [](const StepDiff& a, const StepDiff& b) { return a.address == b.address; };
  if (!std::is_sorted(steps.begin(), steps.end(), lower)) {
    std::stable_sort(steps.begin(), steps.end(), lower);
  }
  steps.erase(steps.begin(), std::unique(steps.rbegin(), steps.rend(), same).base());
}

}  // namespace

Diff ComputeDiff(const DesiredState* desired, const RecordedState& recorded) {
  Diff diff;
  std::vector<StepDiff>& steps = diff.steps;
  steps.reserve((desired == nullptr ? 0 : desired->steps.size()) + recorded.steps.size());
  if (desired != nullptr) {
    for (const Step& step : desired->steps) {
      const RecordedStep* known = recorded.Find(step.address);
      steps.push_back(known == nullptr ? Added(step) : Compared(step, *known, recorded));
    }
  }
  SortByAddress(steps);
  const auto is_desired = [&steps, count = steps.size()](const StepAddress& address) {
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(count);
    const auto found = std::lower_bound(
        steps.begin(), end, address,
        [](const StepDiff& step, const StepAddress& wanted) { return step.address < wanted; });
    return found != end && found->address == address;
  };
  const ReasonCode why = desired == nullptr ? ReasonCode::kAppDeleted : ReasonCode::kRemoved;
  for (const RecordedStep& step : recorded.steps) {
    if (!is_desired(step.step.address)) steps.push_back(Removed(step, why));
  }
  SortByAddress(steps);
  return diff;
}

}  // namespace gitops

#include "differ/differ.h"

#include <algorithm>
#include <map>

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

}  // namespace

Diff ComputeDiff(const DesiredState* desired, const RecordedState& recorded) {
  std::map<StepAddress, StepDiff> by_address;
  if (desired != nullptr) {
    for (const Step& step : desired->steps) {
      const RecordedStep* known = recorded.Find(step.address);
      by_address[step.address] = known == nullptr ? Added(step) : Compared(step, *known, recorded);
    }
  }
  const ReasonCode why = desired == nullptr ? ReasonCode::kAppDeleted : ReasonCode::kRemoved;
  for (const RecordedStep& step : recorded.steps) {
    if (by_address.contains(step.step.address)) continue;
    by_address[step.step.address] = Removed(step, why);
  }
  Diff diff;
  diff.steps.reserve(by_address.size());
  for (auto& [address, step] : by_address) diff.steps.push_back(std::move(step));
  return diff;
}

}  // namespace gitops

#include "engine/reconcile/drift_decision.h"

namespace gitops {
namespace {

/// The first output that is another one than recorded; null when there is none. Its value may be
/// sensitive, so only its name is ever told.
const std::string* FirstChanged(const Outputs& recorded, const Outputs& seen) {
  for (const auto& [name, value] : recorded) {
    const auto found = seen.find(name);
    if (found != seen.end() && found->second != value) return &name;
  }
  return nullptr;
}

void Judge(const RecordedStep& recorded, const ObservedStep& seen, StepDrift& drift) {
  drift.detail = seen.detail;
  switch (seen.observation) {
    case Observation::kPresent:
      drift.verdict = DriftVerdict::kInSync;
      if (const std::string* output = FirstChanged(recorded.outputs, seen.outputs)) {
        drift.verdict = DriftVerdict::kDrifted;
        drift.detail = "its output " + *output + " is another one now";
      }
      return;
    case Observation::kAbsent:
      drift.verdict = DriftVerdict::kMissing;
      return;
    case Observation::kDiffers:
      drift.verdict = DriftVerdict::kDrifted;
      return;
    case Observation::kUnknown:
      return;
  }
}

}  // namespace

bool CanDrift(const RecordedStep& recorded) {
  return !recorded.tainted && !recorded.outcome_unknown;
}

StepDrift DecideDrift(const RecordedStep& recorded,
                      const std::optional<Result<ObservedStep>>& seen) {
  StepDrift drift;
  drift.address = recorded.step.address;
  if (!CanDrift(recorded)) {
    drift.detail = "its last attempt did not succeed, so nobody knows what should be there";
  } else if (!seen) {
    drift.detail = "this version has no driver \"" + recorded.step.driver + "\" for it";
  } else if (!*seen) {
    const Diagnostic& why = seen->error().primary();
    drift.detail =
        "it could not be looked at: " + why.summary + (why.detail.empty() ? "" : ": " + why.detail);
  } else {
    Judge(recorded, **seen, drift);
  }
  return drift;
}

}  // namespace gitops

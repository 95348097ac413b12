#include "engine/model/drift.h"

#include <algorithm>

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kInSync:
      return "in_sync";
    case DriftVerdict::kDrifted:
      return "drifted";
    case DriftVerdict::kMissing:
      return "missing";
    case DriftVerdict::kUnknown:
      return "unknown";
  }
  CHECK(false);
}

std::optional<DriftVerdict> ParseDriftVerdict(std::string_view text) {
  for (const DriftVerdict verdict : {DriftVerdict::kInSync, DriftVerdict::kDrifted,
                                     DriftVerdict::kMissing, DriftVerdict::kUnknown}) {
    if (ToString(verdict) == text) return verdict;
  }
  return std::nullopt;
}

bool HasDrifted(DriftVerdict verdict) {
  return verdict == DriftVerdict::kDrifted || verdict == DriftVerdict::kMissing;
}

DriftVerdict Overall(const std::vector<StepDrift>& steps) {
  const auto any = [&steps](DriftVerdict verdict) {
    return std::any_of(steps.begin(), steps.end(),
                       [verdict](const StepDrift& step) { return step.verdict == verdict; });
  };
  const bool in_sync = any(DriftVerdict::kInSync);
  if (any(DriftVerdict::kDrifted)) return DriftVerdict::kDrifted;
  if (any(DriftVerdict::kMissing)) return in_sync ? DriftVerdict::kDrifted : DriftVerdict::kMissing;
  return in_sync ? DriftVerdict::kInSync : DriftVerdict::kUnknown;
}

DriftReport::Summary DriftReport::Summarise() const {
  Summary summary;
  for (const AppDrift& app : apps) {
    switch (app.verdict) {
      case DriftVerdict::kInSync:
        ++summary.in_sync;
        break;
      case DriftVerdict::kDrifted:
        ++summary.drifted;
        break;
      case DriftVerdict::kMissing:
        ++summary.missing;
        break;
      case DriftVerdict::kUnknown:
        ++summary.unknown;
        break;
    }
  }
  return summary;
}

bool DriftReport::HasDrift() const {
  return std::any_of(apps.begin(), apps.end(),
                     [](const AppDrift& app) { return HasDrifted(app.verdict); });
}

}  // namespace gitops

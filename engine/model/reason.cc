#include "engine/model/reason.h"

#include <utility>

#include "engine/base/check.h"

namespace gitops {
namespace {

constexpr std::pair<ReasonCode, std::string_view> kNames[] = {
    {ReasonCode::kNotRecorded, "not_recorded"},
    {ReasonCode::kInputsChanged, "inputs_changed"},
    {ReasonCode::kPatternChanged, "pattern_changed"},
    {ReasonCode::kDriverChanged, "driver_changed"},
    {ReasonCode::kRemoved, "removed"},
    {ReasonCode::kAppDeleted, "app_deleted"},
    {ReasonCode::kLastAttemptFailed, "last_attempt_failed"},
    {ReasonCode::kOutcomeUnknown, "outcome_unknown"},
    {ReasonCode::kUpstreamMayChange, "upstream_may_change"},
    {ReasonCode::kUpstreamChanged, "upstream_changed"},
    {ReasonCode::kAfterOtherSteps, "after_other_steps"},
    {ReasonCode::kMissing, "missing"},
    {ReasonCode::kDrifted, "drifted"},
    {ReasonCode::kForced, "forced"},
    {ReasonCode::kUnchanged, "unchanged"},
};

}  // namespace

std::string_view ToString(ReasonCode code) {
  for (const auto& [known, name] : kNames) {
    if (known == code) return name;
  }
  CHECK(false);
}

std::optional<ReasonCode> ParseReasonCode(std::string_view text) {
  for (const auto& [code, name] : kNames) {
    if (name == text) return code;
  }
  return std::nullopt;
}

}  // namespace gitops

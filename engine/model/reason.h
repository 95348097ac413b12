// Reason: why an action is in a plan. Set where the decision is made; explains, never decides.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gitops {

/// The names are stored and part of the JSON contract: never rename one.
enum class ReasonCode {
  kNotRecorded,        ///< The step never ran.
  kInputsChanged,      ///< One or more inputs differ from the recorded ones.
  kPatternChanged,     ///< Only inputs of the pattern differ: it was upgraded.
  kDriverChanged,      ///< Another driver or provider carries the step out now.
  kRemoved,            ///< Desired no more: the manifest or the pattern dropped it.
  kAppDeleted,         ///< The whole app goes.
  kLastAttemptFailed,  ///< It was started with other or the same inputs and did not succeed.
  kOutcomeUnknown,     ///< It was started and nobody knows how it ended.
  kUpstreamMayChange,  ///< A step it consumes outputs of runs first; guarded.
  kUpstreamChanged,    ///< Consumed outputs differ from the recorded ones.
  kAfterOtherSteps,    ///< Health is checked after any other step.
  kMissing,            ///< Observed: it is not there (any more).
  kDrifted,            ///< Observed: it is there and not as it was applied.
  kForced,             ///< A person asked for it.
  kUnchanged,          ///< Nothing to do; only `explain` shows it.
};

/// "not_recorded", "inputs_changed", …
std::string_view ToString(ReasonCode code);
std::optional<ReasonCode> ParseReasonCode(std::string_view text);

struct Reason {
  ReasonCode code = ReasonCode::kUnchanged;
  std::string text;  ///< A sentence for people, without secret values.

  bool operator==(const Reason&) const = default;
};

}  // namespace gitops

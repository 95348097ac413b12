#include "differ/reasons.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/base/check.h"

namespace gitops {
namespace {

/// What OutputRef::InputName puts between a step and an output.
constexpr std::string_view kOutputsMark = ".outputs";

std::string_view Verb(const Change& change) {
  if (!change.from) return "was added";
  return change.to ? "changed" : "was removed";
}

/// "a", "a and b", "a, b and c".
std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

/// The steps that `refs` point at, each once, in order.
std::vector<std::string> StepsOf(const std::vector<OutputRef>& refs) {
  std::set<StepAddress> addresses;
  for (const OutputRef& ref : refs) addresses.insert(ref.step);
  std::vector<std::string> names;
  for (const StepAddress& address : addresses) names.push_back(address.ToString());
  return names;
}

}  // namespace

Reason NotRecordedReason(StepNature nature) {
  return {ReasonCode::kNotRecorded,
          nature == StepNature::kHook ? "never ran" : "was never created"};
}

Reason InputsReason(const std::vector<Change>& changes) {
  CHECK(!changes.empty());
  const bool only_pattern = std::all_of(changes.begin(), changes.end(), [](const Change& change) {
    return change.path.starts_with("pattern.");
  });
  std::string text = changes.front().path;
  if (changes.size() == 1) {
    text += " " + std::string(Verb(changes.front()));
  } else {
    const std::size_t more = changes.size() - 1;
    text += " and " + std::to_string(more) + " more input" + (more == 1 ? "" : "s") + " changed";
  }
  if (!only_pattern) return {ReasonCode::kInputsChanged, text};
  return {ReasonCode::kPatternChanged, "the pattern was updated: " + text};
}

Reason DriverReason(const std::string& from, const std::string& to) {
  return {ReasonCode::kDriverChanged, "carried out by " + to + " now, by " + from + " before"};
}

Reason UpstreamChangedReason(const std::vector<Change>& changes) {
  CHECK(!changes.empty());
  std::set<std::string> names;
  for (const Change& change : changes) {
    names.insert(change.path.substr(0, change.path.find(kOutputsMark)));
  }
  const std::string steps = JoinWords({names.begin(), names.end()});
  const auto all_lack = [&changes](auto side) {
    return std::none_of(changes.begin(), changes.end(),
                        [side](const Change& change) { return (change.*side).has_value(); });
  };
  std::string text = "outputs of " + steps + " changed";
  if (all_lack(&Change::from)) text = "uses outputs of " + steps + " now";
  if (all_lack(&Change::to)) text = "uses outputs of " + steps + " no more";
  return {ReasonCode::kUpstreamChanged, text};
}

Reason UpstreamMayChangeReason(const std::vector<OutputRef>& refs) {
  const std::vector<std::string> steps = StepsOf(refs);
  const bool one = steps.size() == 1;
  return {ReasonCode::kUpstreamMayChange, JoinWords(steps) + (one ? " comes" : " come") +
                                              " first and " + (one ? "its" : "their") +
                                              " outputs may change"};
}

Reason DriftReason(const StepDrift& drift) {
  CHECK(HasDrifted(drift.verdict));
  const bool missing = drift.verdict == DriftVerdict::kMissing;
  std::string text = missing ? "it is gone" : "not as it was applied";
  if (!drift.detail.empty()) text += ": " + drift.detail;
  return {missing ? ReasonCode::kMissing : ReasonCode::kDrifted, std::move(text)};
}

Reason PlainReason(ReasonCode code) {
  switch (code) {
    case ReasonCode::kRemoved:
      return {code, "no longer part of the app"};
    case ReasonCode::kAppDeleted:
      return {code, "the app is deleted"};
    case ReasonCode::kLastAttemptFailed:
      return {code, "its last attempt failed"};
    case ReasonCode::kOutcomeUnknown:
      return {code, "its last attempt was interrupted and may or may not have finished"};
    case ReasonCode::kAfterOtherSteps:
      return {code, "runs after any other step"};
    case ReasonCode::kForced:
      return {code, "asked for, whether or not anything changed"};
    case ReasonCode::kUnchanged:
      return {code, "nothing it depends on changed"};
    case ReasonCode::kNotRecorded:
    case ReasonCode::kInputsChanged:
    case ReasonCode::kPatternChanged:
    case ReasonCode::kDriverChanged:
    case ReasonCode::kUpstreamMayChange:
    case ReasonCode::kUpstreamChanged:
    case ReasonCode::kMissing:
    case ReasonCode::kDrifted:
      break;
  }
  CHECK(false);
}

std::string DescribeGuard(const Action& action) {
  if (action.guard_any) return "if any other step runs";
  if (action.guard.empty()) return "";
  return "if outputs of " + JoinWords(StepsOf(action.guard)) + " change";
}

}  // namespace gitops

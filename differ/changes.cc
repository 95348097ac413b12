#include "differ/changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/base/secret.h"

namespace gitops {
namespace {

constexpr std::size_t kShortDigest = 7;
constexpr std::string_view kProviderInput = "provider";

std::string ShownText(const Input& input) {
  return input.secret ? std::string(kSecretPlaceholder) : input.shown;
}

/// The shortest prefix of `digest` that differs from `other`, 7 characters at least.
std::string ShortDigest(std::string_view digest, std::string_view other) {
  std::size_t length = kShortDigest;
  while (length < digest.size() && digest.substr(0, length) == other.substr(0, length)) ++length;
  return std::string(digest.substr(0, length));
}

Change Changed(const Input& from, const Input& to) {
  if (from.secret || to.secret) {
    return {to.name, std::string(kSecretPlaceholder), std::string(kSecretPlaceholder)};
  }
  if (from.shown != to.shown) return {to.name, from.shown, to.shown};
  const std::string space = from.shown.empty() ? "" : " ";
  return {to.name, from.shown + space + "(" + ShortDigest(from.digest, to.digest) + ")",
          to.shown + space + "(" + ShortDigest(to.digest, from.digest) + ")"};
}

std::map<std::string_view, const Input*> ByName(const std::vector<Input>& inputs) {
  std::map<std::string_view, const Input*> by_name;
  for (const Input& input : inputs) by_name[input.name] = &input;
  return by_name;
}

const Input* FindInput(const Step& step, std::string_view name) {
  const auto found = std::find_if(step.inputs.begin(), step.inputs.end(),
                                  [name](const Input& input) { return input.name == name; });
  return found == step.inputs.end() ? nullptr : &*found;
}

void SortByPath(std::vector<Change>& changes) {
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.path < b.path; });
}

}  // namespace

std::vector<Change> CompareInputs(const std::vector<Input>& from, const std::vector<Input>& to) {
  const auto before = ByName(from);
  const auto after = ByName(to);
  std::vector<Change> changes;
  for (const auto& [name, input] : before) {
    if (!after.contains(name)) changes.push_back({input->name, ShownText(*input), std::nullopt});
  }
  for (const auto& [name, input] : after) {
    const auto found = before.find(name);
    if (found == before.end()) {
      changes.push_back({input->name, std::nullopt, ShownText(*input)});
    } else if (found->second->digest != input->digest) {
      changes.push_back(Changed(*found->second, *input));
    }
  }
  SortByPath(changes);
  return changes;
}

std::vector<Input> OwnInputs(const Step& recorded) {
  std::set<std::string> consumed;
  for (const OutputRef& ref : recorded.consumes) consumed.insert(ref.InputName());
  std::vector<Input> own;
  for (const Input& input : recorded.inputs) {
    if (!consumed.contains(input.name)) own.push_back(input);
  }
  return own;
}

std::optional<DriverChange> FindDriverChange(const Step& recorded, const Step& desired) {
  if (recorded.driver != desired.driver) return DriverChange{recorded.driver, desired.driver};
  const Input* before = FindInput(recorded, kProviderInput);
  const Input* after = FindInput(desired, kProviderInput);
  if (before == nullptr || after == nullptr || before->digest == after->digest) return std::nullopt;
  return DriverChange{ShownText(*before), ShownText(*after)};
}

std::vector<Change> CompareConsumedOutputs(const Step& desired, const RecordedStep& recorded,
                                           const RecordedState& state) {
  const auto last_used = ByName(recorded.step.inputs);
  std::vector<Change> changes;
  std::set<std::string> consumed;
  for (const OutputRef& ref :
       std::set<OutputRef>(desired.consumes.begin(), desired.consumes.end())) {
    const RecordedStep* upstream = state.Find(ref.step);
    const std::string name = ref.InputName();
    consumed.insert(name);
    if (upstream == nullptr) continue;
    const auto found = last_used.find(name);
    if (found == last_used.end()) {
      changes.push_back({name, std::nullopt, std::string(kOutputsNew)});
    } else if (found->second->digest != DigestOutputs(ref, upstream->outputs)) {
      changes.push_back({name, std::string(kOutputsAsLastUsed), std::string(kOutputsChanged)});
    }
  }
  for (const OutputRef& ref : recorded.step.consumes) {
    const std::string name = ref.InputName();
    if (last_used.contains(name) && consumed.insert(name).second) {
      changes.push_back({name, std::string(kOutputsAsLastUsed), std::nullopt});
    }
  }
  SortByPath(changes);
  return changes;
}

}  // namespace gitops

#include "differ/changes.h"

#include <algorithm>
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

using Inputs = std::vector<const Input*>;

bool IsBefore(const Input* input, std::string_view name) { return input->name < name; }

/// Sorted by name; of two with the same name the later one counts.
Inputs ByName(const std::vector<Input>& inputs) {
  Inputs by_name;
  by_name.reserve(inputs.size());
  for (const Input& input : inputs) by_name.push_back(&input);
  const auto is_before = [](const Input* a, const Input* b) { return IsBefore(a, b->name); };
  if (!std::is_sorted(by_name.begin(), by_name.end(), is_before)) {
    std::stable_sort(by_name.begin(), by_name.end(), is_before);
  }
  const auto last = std::unique(by_name.rbegin(), by_name.rend(),
                                [](const Input* a, const Input* b) { return a->name == b->name; });
  by_name.erase(by_name.begin(), last.base());
  return by_name;
}

const Input* Find(const Inputs& by_name, std::string_view name) {
  const auto found = std::lower_bound(by_name.begin(), by_name.end(), name, IsBefore);
  return found == by_name.end() || (*found)->name != name ? nullptr : *found;
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
  const Inputs before = ByName(from);
  const Inputs after = ByName(to);
  std::vector<Change> changes;
  if (before.empty()) changes.reserve(after.size());
  for (const Input* input : before) {
    if (Find(after, input->name) == nullptr) {
      changes.push_back({input->name, ShownText(*input), std::nullopt});
    }
  }
  for (const Input* input : after) {
    const Input* found = Find(before, input->name);
    if (found == nullptr) {
      changes.push_back({input->name, std::nullopt, ShownText(*input)});
    } else if (found->digest != input->digest) {
      changes.push_back(Changed(*found, *input));
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
    const Input* found = Find(last_used, name);
    if (found == nullptr) {
      changes.push_back({name, std::nullopt, std::string(kOutputsNew)});
    } else if (found->digest != DigestOutputs(ref, upstream->outputs)) {
      changes.push_back({name, std::string(kOutputsAsLastUsed), std::string(kOutputsChanged)});
    }
  }
  for (const OutputRef& ref : recorded.step.consumes) {
    const std::string name = ref.InputName();
    if (Find(last_used, name) != nullptr && consumed.insert(name).second) {
      changes.push_back({name, std::string(kOutputsAsLastUsed), std::nullopt});
    }
  }
  SortByPath(changes);
  return changes;
}

}  // namespace gitops

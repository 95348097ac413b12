// Changes: which inputs differ between two versions of a step, in words that a person may see.
// Pure; secret values never get in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/diff.h"
#include "engine/model/recorded_state.h"
#include "engine/model/step.h"

namespace gitops {

/// What a Change says of consumed outputs: their values may be sensitive and are not in a plan.
inline constexpr std::string_view kOutputsAsLastUsed = "(last used)";
inline constexpr std::string_view kOutputsChanged = "(changed)";
inline constexpr std::string_view kOutputsNew = "(new)";

/// The inputs that were added, removed or changed on the way from `from` to `to`, sorted by name.
/// An input that is secret on either side shows as "(secret)" on both: the old text may be the
/// value that was declared secret since. Where two shown texts are equal although the digests
/// differ, short digests follow them.
std::vector<Change> CompareInputs(const std::vector<Input>& from, const std::vector<Input>& to);

/// The inputs of a recorded step without those that stand for consumed outputs.
std::vector<Input> OwnInputs(const Step& recorded);

/// Who carried a step out and who does now, when that is not the same.
struct DriverChange {
  std::string from;
  std::string to;
};

/// Set when another driver carries the step out now, or its input "provider" names another
/// provider: what the old one made cannot be reached by changing it.
std::optional<DriverChange> FindDriverChange(const Step& recorded, const Step& desired);

/// The outputs that `desired` consumes and that are not what it last ran with, sorted by name; also
/// those that it consumed then and does not any more. New outputs of a step that has no record are
/// left out: that step is planned, and a guard decides.
std::vector<Change> CompareConsumedOutputs(const Step& desired, const RecordedStep& recorded,
                                           const RecordedState& state);

}  // namespace gitops

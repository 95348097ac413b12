// Suggestions: the nearest known name to one that is not known, for "did you mean …?". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gitops {

/// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (Damerau-Levenshtein, optimal string alignment).
std::size_t EditDistance(std::string_view a, std::string_view b);

/// The known name that `name` was probably meant to be, ignoring case; nullopt when none is near
/// (more than a third of the letters would have to change).
std::optional<std::string> NearestName(std::string_view name,
                                       const std::vector<std::string>& known);

/// `did you mean "memory"?` for a near name, else `known: a, b, c` (at most 12 names), else "".
std::string SuggestName(std::string_view name, const std::vector<std::string>& known);

}  // namespace gitops

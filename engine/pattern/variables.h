// Variables: the value of each variable of a pattern for one app. The environment's override comes
// first, then the manifest paths in the pattern's order, then `variables.<name>` of the manifest,
// then the default. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/model/manifest.h"
#include "engine/model/value.h"
#include "engine/pattern/pattern.h"

namespace gitops {

struct ResolvedVariable {
  const PatternVariable* variable = nullptr;  ///< Of the pattern given to ResolveVariables.
  Value value;
};

struct ResolvedVariables {
  std::vector<ResolvedVariable> values;  ///< In the pattern's order, without those that have none.
  Diagnostics problems;                  ///< Everything wrong, each at its place in the manifest.
};

/// Resolves and checks all variables. `overrides` may hold names the pattern does not have: an
/// environment serves apps of many patterns. A name under the manifest's `variables` that is near
/// one of the pattern is a warning.
ResolvedVariables ResolveVariables(const Pattern& pattern, const Manifest& manifest,
                                   const std::map<std::string, Value>& overrides);

/// "boolean", "integer", "string", "integers", "strings": how pattern.yaml spells a type.
std::string_view ToString(VariableType type);

/// `value` as a value of the variable's type; nullopt when it is none. Text becomes a number where
/// it is one ("4", and "8GB" for a unit of MB or GB), a single value becomes a list of one, and
/// "a, b" a list of strings.
std::optional<Value> ConvertValue(const PatternVariable& variable, const Value& value);

/// Why `value`, of the right type, is not allowed ("allowed: 1 to 32 cores"); "" when it is.
std::string BrokenRule(const PatternVariable& variable, const Value& value);

/// A digest of `value`: different values, also lists with commas in their items, give different
/// digests.
std::string DigestValue(const Value& value);

}  // namespace gitops

// Value: a typed value of a manifest, a pattern variable or an environment's `variables`. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace gitops {

using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::int64_t>,
                           std::vector<std::string>>;

/// "true", "4096", "text", "[8, 13]", "[a, b]": stable text, used for digests and views. Different
/// values of one type have different texts: items of lists are quoted where they need to be.
std::string ToText(const Value& value);

/// "boolean", "integer", "string", "list of integers", "list of strings": for messages.
std::string_view TypeName(const Value& value);

}  // namespace gitops

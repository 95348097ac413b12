// AppId: the identity of an app, environment/name. Pure value.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace gitops {

/// True for `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`: names of apps, environments, sources and hosts.
bool IsValidName(std::string_view name);

/// The rule of IsValidName as a sentence, for messages.
inline constexpr std::string_view kNameRule =
    "1 to 63 characters a-z 0-9 -, with a letter or digit at both ends";

struct AppId {
  std::string environment;
  std::string name;

  auto operator<=>(const AppId&) const = default;

  /// "environment/name".
  std::string ToString() const { return environment + "/" + name; }
};

/// Reads "environment/name". Errors: kInvalid.
Result<AppId> ParseAppId(std::string_view text);

}  // namespace gitops

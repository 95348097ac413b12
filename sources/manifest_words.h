// Words with a fixed meaning in a manifest: networks, and the names of variables that are not for
// apps to set. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace gitops {

inline constexpr std::array<std::string_view, 4> kNetworks = {"mycelium", "wireguard", "ipv4",
                                                              "ipv6"};

/// Why an app must not declare the variable `name`, as half a sentence; "" when it may.
std::string_view ReservedVariable(std::string_view name);

/// The words of a comma separated list, without the spaces around them; empty ones are left out.
std::vector<std::string> SplitWords(std::string_view text);

}  // namespace gitops

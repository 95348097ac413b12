// Punycode (RFC 3492): the ASCII form of host names with other letters. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gitops {

/// A UTF-8 host name with each label that is not ASCII as "xn--…". ASCII letters become lower case;
/// other letters are expected in lower case, as servers write them. nullopt: no UTF-8, or too long.
std::optional<std::string> AsciiHost(std::string_view host);

}  // namespace gitops

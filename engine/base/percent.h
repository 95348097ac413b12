// Percent-encoding (RFC 3986 §2.1), decoded. What a decoded byte may be is for the reader to say:
// paths, queries, forms and URLs of repositories each have rules of their own. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/hex_digit.h"

namespace gitops {

/// The byte for which the three characters from `at` on stand; none when they are not a percent
/// sign and two hexadecimal digits.
constexpr std::optional<char> PercentByte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return std::nullopt;
  const int high = HexDigit(text[at + 1]);
  const int low = HexDigit(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

/// All of it decoded, everything else as it is; none when a percent sign is not followed by two
/// hexadecimal digits.
std::optional<std::string> DecodePercent(std::string_view text);

}  // namespace gitops

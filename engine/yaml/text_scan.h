// Looks at the bytes of a text before any parser does: is it UTF-8, and does it hold characters
// that nobody means to write (control characters, bidirectional overrides)? Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace gitops {

struct TextScan {
  Diagnostics problems;  ///< At most 10, in the order of the text.
  bool readable = true;  ///< False: a parser would stumble, there is no point in going on.
};

/// Checks `text` (without its byte order mark). Allowed are UTF-8 (RFC 3629), tab, line feed and
/// carriage return; everything that shows nothing or something else than it is gets refused.
TextScan ScanText(std::string_view text, std::string_view file);

/// What is wrong with characters that came out of escapes ("\0", "\e", "\u202e"): a short name of
/// the first refused one, or "" when all are fine. Tab and line feed are fine.
/// REQUIRES: `text` is UTF-8.
std::string RefusedCharacter(std::string_view text);

}  // namespace gitops

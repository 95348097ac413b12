// The target of a request (RFC 9112 §3.2), in its only form that is served here: a path with an
// optional query. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/server/http_message.h"

namespace gitops {

struct RequestTarget {
  std::vector<std::string> segments;  ///< As HttpHead has them.
  std::vector<std::pair<std::string, std::string>> query;
};

/// Takes "/a/b?c=d" apart and decodes each piece once. Refused with 400 is everything that others
/// might take for another path: empty segments, "." and "..", also encoded; encoded slashes,
/// backslashes, NUL and other control bytes; broken percent signs; bytes that have to be encoded;
/// text that is no UTF-8. In a query "+" is a space.
std::optional<Problem> ReadTarget(std::string_view text, RequestTarget& target);

}  // namespace gitops

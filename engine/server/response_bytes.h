// What goes before a body on the wire: the status line and the fields that every answer has. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/server/http_message.h"

namespace gitops {

enum class BodyFraming {
  kLength,      ///< Content-Length says how long it is.
  kChunked,     ///< It goes on (HTTP/1.1).
  kUntilClose,  ///< It goes on until the connection ends (HTTP/1.0).
};

struct ResponseFrame {
  std::string_view request_id;
  std::string_view date;  ///< HttpDate.
  BodyFraming framing = BodyFraming::kLength;
  bool close = false;
};

/// The head with its empty line. A route's own framing fields are left out; security fields are
/// added where the route does not say them itself. False when a field of the route would break the
/// head (control bytes, a name that is no token): nothing of it may be sent.
bool AppendResponseHead(const HttpResponse& response, const ResponseFrame& frame, std::string& out);

/// "Fri, 27 Nov 2026 22:10:07 GMT" (RFC 9110 §5.6.7).
std::string HttpDate(WallTime time);

/// 204 and 304 have no body.
bool HasBody(int status);

/// The usual words for a status, "" for unknown ones.
std::string_view ReasonPhrase(int status);

}  // namespace gitops

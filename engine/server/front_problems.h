// The problems that the front itself answers with: their fixed titles. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/server/http_message.h"

namespace gitops {

inline constexpr std::string_view kMalformed = "malformed request";
inline constexpr std::string_view kHeadTooLarge = "request head too large";
inline constexpr std::string_view kTargetTooLong = "request target too long";
inline constexpr std::string_view kBodyTooLarge = "request body too large";
inline constexpr std::string_view kUnsupported = "unsupported content";
inline constexpr std::string_view kTooSlow = "request too slow";
inline constexpr std::string_view kBusy = "server busy";
inline constexpr std::string_view kNotFound = "not found";
inline constexpr std::string_view kExpectationFailed = "unknown expectation";
inline constexpr std::string_view kVersionUnknown = "HTTP version not supported";
inline constexpr std::string_view kInternal = "internal error";

inline Problem FrontProblem(int status, std::string_view title, std::string detail = "",
                            std::string fix = "") {
  return Problem{status, std::string(title), std::move(detail), "", std::move(fix)};
}

/// 500 that tells nothing.
HttpResponse InternalError(std::string_view request_id);

/// 503 with a hint when to come back.
HttpResponse BusyResponse(std::string detail, std::string_view request_id);

}  // namespace gitops

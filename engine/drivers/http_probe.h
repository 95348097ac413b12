// One HTTP request of a health check. Thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace gitops {

/// The parts of an http or https URL that a request needs.
struct HttpTarget {
  bool tls = false;
  std::string host;  ///< Without brackets.
  int port = 80;
  std::string path = "/";  ///< With the query.
};

/// Reads "http://host[:port][/path][?query]" (or https, or "[v6]" as host); nullopt for anything
/// else, user information included.
std::optional<HttpTarget> ParseHttpTarget(std::string_view url);

/// Sends one GET and returns the status. Redirects are not followed, at most 64 KiB of the body are
/// taken. Never lasts longer than `timeout`, however slowly the other side drips. Link-local
/// addresses are not asked (WebClient); 0.0.0.0 and [::] are this machine. Errors: kTransient (no
/// answer, with the reason), kInvalid (a refused address), kNotFound (no libcurl), kCancelled.
Result<int> HttpGetStatus(const HttpTarget& target, std::chrono::milliseconds timeout,
                          std::stop_token stop);

}  // namespace gitops

// WebClient and MailClient: how the engine speaks to services outside on its own account:
// notifications, forges, a trace collector. The seam that tests replace; curl_client.h is the real
// one. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace gitops {

struct WebRequest {
  std::string method = "POST";
  Secret url;  ///< http or https. A secret: in the address of a chat's webhook lies its key.
  std::vector<std::pair<std::string, Secret>> headers;  ///< Values may be credentials.
  std::string body;
  std::chrono::milliseconds timeout{10'000};  ///< Of the whole request.
  std::size_t body_limit = 64 * 1024;         ///< Of an answer.
  /// To this machine's own services: only loopback addresses are connected to.
  bool loopback = false;
  /// A server's certificate is not checked: it is made for another name than the URL's. Nothing
  /// that is sent may be a secret then, unless it stays on this machine.
  bool any_certificate = false;
};

struct WebResponse {
  int status = 0;
  std::string body;                                 ///< Up to the limit.
  bool truncated = false;                           ///< There was more.
  std::optional<std::chrono::seconds> retry_after;  ///< RFC 9110 §10.2.3, when it is a number.
  /// "X-RateLimit-Remaining: 0" with a reset time, as forges send it: seconds since 1970.
  std::optional<std::chrono::seconds> rate_limit_reset;
};

class WebClient {
 public:
  virtual ~WebClient() = default;

  /// Sends one request. Redirects are not followed: they would carry credentials to another host.
  /// Link-local addresses are refused when the connection is made, whatever names resolve to; with
  /// `loopback` all others but this machine's.
  /// Errors: kTransient (no answer, with the reason), kInvalid (not a URL, a refused address),
  /// kCancelled. No error holds the URL's path or a header's value.
  virtual Result<WebResponse> Send(const WebRequest& request, std::stop_token stop) = 0;
};

struct Mail {
  Secret server;  ///< "smtp://host:587" or "smtps://host:465".
  /// Without it a server that offers no TLS gets nothing.
  bool allow_plain = false;
  std::string user;  ///< "" sends without logging in.
  Secret password;
  std::string from;             ///< An address.
  std::vector<std::string> to;  ///< Addresses.
  std::string text;  ///< Headers, an empty line, the body; lines end with CR LF (RFC 5322).
  std::chrono::milliseconds timeout{30'000};
};

class MailClient {
 public:
  virtual ~MailClient() = default;

  /// Hands one mail to a server (RFC 5321). Errors: kTransient, kInvalid (the server refused it for
  /// good, or its address is refused), kCancelled.
  virtual Status Send(const Mail& mail, std::stop_token stop) = 0;
};

}  // namespace gitops

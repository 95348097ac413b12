// HTTP messages as routes see them: checked, decoded and bounded values. The front makes requests
// from the wire and puts responses on it; nothing here knows sockets. Plain values, no threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gitops {

/// Header fields in the order they came. Names compare without case (RFC 9110 §5.1).
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<Field> fields) : fields_(fields) {}

  void Add(std::string name, std::string value);
  /// The value of the only field with this name; nullopt when there is none, or more than one.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// How many fields have this name.
  std::size_t Count(std::string_view name) const;
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// What is known before the first byte of a body is read.
struct HttpHead {
  std::string method;  ///< "GET", …: as sent, upper case by RFC 9110 §9.1; GET for HEAD.
  std::vector<std::string> segments;  ///< Of the path, percent-decoded once; never "", "." or "..".
  /// Decoded `name=value` pairs in order; a name without `=` has an empty value.
  std::vector<std::pair<std::string, std::string>> query;
  HttpHeaders headers;
  std::optional<std::uint64_t> content_length;  ///< None: no body, or a chunked one.
  bool has_body = false;
  std::string client_address;  ///< The socket's, or what a configured proxy says. Numeric.
  bool from_loopback = false;  ///< The socket's address, whatever a proxy says.
  std::string request_id;      ///< Made by the front; in every answer and log line.

  /// The only value of a query parameter; nullopt when there is none, or more than one.
  std::optional<std::string_view> Query(std::string_view name) const;
};

struct HttpRequest {
  HttpHead head;
  std::string body;  ///< Exactly the bytes that were sent, chunks joined.
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  ///< Without those the front adds: Content-Length, Date, X-Request-Id, ….
  std::string body;
};

/// An error as application/problem+json (RFC 9457): {type, title, status, detail, field, fix,
/// request_id}; members that are "" are left out. Never give text of an exception or a secret.
struct Problem {
  int status = 500;
  std::string title;   ///< Fixed text for this kind of problem.
  std::string detail;  ///< What and why, this time.
  std::string field;   ///< Which part of the request, when it is one.
  std::string fix;     ///< What to do about it.
};

/// `request_id` is written into the body.
HttpResponse ProblemResponse(const Problem& problem, std::string_view request_id);

}  // namespace gitops

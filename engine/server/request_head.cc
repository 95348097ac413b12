#include "engine/server/request_head.h"

#include <algorithm>
#include <charconv>

#include "engine/server/front_problems.h"
#include "engine/server/request_target.h"

namespace gitops {
namespace {

constexpr std::size_t kLengthDigits = 18;  // More bytes than that nobody sends.

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<Problem> Malformed(std::string field, std::string detail) {
  Problem problem = FrontProblem(400, kMalformed, std::move(detail));
  problem.field = std::move(field);
  return problem;
}

/// reg-name, IPv4 or bracketed IPv6, with an optional port (RFC 9110 §7.2).
bool IsHost(std::string_view host) {
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  if (host.starts_with('[') && bracket == std::string_view::npos) return false;
  const std::size_t name_end =
      bracket == std::string_view::npos ? std::min(host.find(':'), host.size()) : bracket + 1;
  const std::string_view name = host.substr(0, name_end);
  std::string_view port = host.substr(name_end);
  if (name.empty() || name.size() > 255 || (!port.empty() && port.front() != ':')) return false;
  if (!port.empty()) port.remove_prefix(1);
  const bool v6 = bracket != std::string_view::npos;
  const std::string_view inner = v6 ? name.substr(1, name.size() - 2) : name;
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '.' || c == '-' ||
           c == '_' || (v6 && c == ':');
  };
  return !inner.empty() && std::all_of(inner.begin(), inner.end(), fits) && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), IsDigit);
}

std::optional<Problem> CheckHost(const ParsedHead& parsed) {
  const std::size_t count = parsed.headers.Count("Host");
  if (count == 0 && parsed.minor_version == 0) return std::nullopt;
  if (count == 0) return Malformed("Host", "there is no Host field");
  if (count > 1) return Malformed("Host", "there are several Host fields");
  if (!IsHost(*parsed.headers.Find("Host"))) return Malformed("Host", "the host is not valid");
  return std::nullopt;
}

std::optional<Problem> ReadFraming(const ParsedHead& parsed, RequestHead& out) {
  const std::size_t lengths = parsed.headers.Count("Content-Length");
  const std::size_t codings = parsed.headers.Count("Transfer-Encoding");
  if (lengths > 1) return Malformed("Content-Length", "there are several lengths");
  if (codings > 1) return Malformed("Transfer-Encoding", "there are several fields");
  if (lengths > 0 && codings > 0) {
    return Malformed("Transfer-Encoding", "there is a Content-Length beside it");
  }
  if (codings > 0) {
    if (parsed.minor_version == 0) return Malformed("Transfer-Encoding", "HTTP/1.0 has none");
    if (Lower(*parsed.headers.Find("Transfer-Encoding")) != "chunked") {
      return Malformed("Transfer-Encoding", "only chunked is known");
    }
    out.chunked = out.head.has_body = true;
  }
  if (lengths > 0) {
    const std::string_view digits = *parsed.headers.Find("Content-Length");
    if (digits.empty() || digits.size() > kLengthDigits ||
        !std::all_of(digits.begin(), digits.end(), IsDigit)) {
      return Malformed("Content-Length", "it is no number of bytes");
    }
    std::uint64_t length = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), length);
    out.head.content_length = length;
    out.head.has_body = length > 0;
  }
  return std::nullopt;
}

/// Whether a comma-separated list holds `word`, which is lower case.
bool Lists(const HttpHeaders& headers, std::string_view name, std::string_view word) {
  for (const auto& [field, value] : headers.fields()) {
    if (Lower(field) != name) continue;
    const std::string list = Lower(value);
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      std::string_view item = std::string_view(list).substr(at, end - at);
      while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
      while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
      if (item == word) return true;
      at = end + 1;
    }
  }
  return false;
}

std::optional<Problem> CheckExpectation(const ParsedHead& parsed, RequestHead& out) {
  const std::size_t count = parsed.headers.Count("Expect");
  if (count == 0 || parsed.minor_version == 0) return std::nullopt;
  if (count == 1 && Lower(*parsed.headers.Find("Expect")) == "100-continue") {
    out.wants_continue = out.head.has_body;
    return std::nullopt;
  }
  return FrontProblem(417, kExpectationFailed, "only 100-continue can be expected");
}

std::optional<Problem> CheckContentEncoding(const ParsedHead& parsed) {
  for (const auto& [field, value] : parsed.headers.fields()) {
    if (Lower(field) == "content-encoding" && Lower(value) != "identity") {
      return FrontProblem(415, kUnsupported, "encoded bodies are not read",
                          "send the body without Content-Encoding");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> ReadRequestHead(ParsedHead parsed, RequestHead& out) {
  out = RequestHead();
  if (parsed.method == "TRACE" || parsed.method == "CONNECT") {
    return FrontProblem(400, kMalformed, "this method is never served");
  }
  RequestTarget target;
  if (auto problem = ReadTarget(parsed.target, target)) return problem;
  if (auto problem = CheckHost(parsed)) return problem;
  if (auto problem = ReadFraming(parsed, out)) return problem;
  if (auto problem = CheckExpectation(parsed, out)) return problem;
  if (auto problem = CheckContentEncoding(parsed)) return problem;
  out.answer.http_1_0 = parsed.minor_version == 0;
  out.answer.keep_alive = !out.answer.http_1_0 && !Lists(parsed.headers, "connection", "close");
  out.answer.without_body = parsed.method == "HEAD";
  out.head.method = out.answer.without_body ? "GET" : std::move(parsed.method);
  out.head.segments = std::move(target.segments);
  out.head.query = std::move(target.query);
  out.head.headers = std::move(parsed.headers);
  return std::nullopt;
}

}  // namespace gitops

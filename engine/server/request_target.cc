#include "engine/server/request_target.h"

#include "engine/base/percent.h"
#include "engine/server/front_problems.h"

namespace gitops {
namespace {

/// Of `text` at `at`, or 0 when there is none (RFC 3629).
std::size_t Utf8Length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char next = byte(at + 1);
  const bool overlong = (lead == 0xE0 && next < 0xA0) || (lead == 0xF0 && next < 0x90);
  const bool surrogate = lead == 0xED && next > 0x9F;
  const bool beyond = lead == 0xF4 && next > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

bool IsText(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7F) return false;
    const std::size_t length = Utf8Length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

/// pchar of RFC 3986 §3.3 but for the percent sign.
bool IsPathByte(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

/// What clients really send unencoded in a query.
bool IsQueryByte(char c) {
  return IsPathByte(c) || std::string_view("/?[]{}|\\^`").find(c) != std::string_view::npos;
}

/// What is wrong, or "".
template <typename Allowed>
std::string Decode(std::string_view text, const Allowed& allowed, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const std::optional<char> byte = PercentByte(text, i);
      if (!byte) return "a percent sign is not followed by two hexadecimal digits";
      out += *byte;
      i += 2;
    } else if (!allowed(text[i])) {
      return "it holds a byte that has to be percent-encoded";
    } else {
      out += text[i];
    }
  }
  return IsText(out) ? "" : "it holds control bytes, or bytes that are no UTF-8";
}

std::string ReadSegment(std::string_view text, std::string& segment) {
  if (text.empty()) return "there is an empty segment in the path";
  if (std::string problem = Decode(text, IsPathByte, segment); !problem.empty()) return problem;
  if (segment == "." || segment == "..") return "there is a \"" + segment + "\" in the path";
  if (segment.find_first_of("/\\") != std::string::npos) return "there is an encoded slash";
  return "";
}

std::string ReadPath(std::string_view path, std::vector<std::string>& segments) {
  if (path == "/") return "";
  if (path.ends_with('/')) return "the path ends with a slash";
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (std::string problem = ReadSegment(path.substr(0, end), segments.emplace_back());
        !problem.empty()) {
      return problem;
    }
    path.remove_prefix(end);
  }
  return "";
}

std::string ReadQuery(std::string_view text,
                      std::vector<std::pair<std::string, std::string>>& query) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    std::string pair(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    for (char& c : pair) c = c == '+' ? ' ' : c;
    const auto allowed = [](char c) { return c == ' ' || IsQueryByte(c); };
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto& [name, value] = query.emplace_back();
    std::string problem = Decode(std::string_view(pair).substr(0, equals), allowed, name);
    if (problem.empty() && equals < pair.size()) {
      problem = Decode(std::string_view(pair).substr(equals + 1), allowed, value);
    }
    if (!problem.empty()) return "the query: " + problem;
  }
  return "";
}

}  // namespace

std::optional<Problem> ReadTarget(std::string_view text, RequestTarget& target) {
  target = RequestTarget();
  if (text.empty() || text.front() != '/') {
    return FrontProblem(400, kMalformed, "the request target is no path",
                        "ask for a path, such as /healthz");
  }
  const std::size_t mark = std::min(text.find('?'), text.size());
  std::string problem = ReadPath(text.substr(0, mark), target.segments);
  if (problem.empty() && mark < text.size()) {
    problem = ReadQuery(text.substr(mark + 1), target.query);
  }
  if (problem.empty()) return std::nullopt;
  Problem refusal = FrontProblem(400, kMalformed, "the request target: " + problem);
  refusal.field = "target";
  return refusal;
}

}  // namespace gitops

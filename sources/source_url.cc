#include "sources/source_url.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/percent.h"
#include "engine/base/redactor.h"
#include "engine/base/suggest.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::size_t kLongestRef = 255;
constexpr std::size_t kLongestShown = 200;
constexpr std::string_view kForms =
    "allowed are /absolute/path, file://…, https://…, http://…, ssh://… and user@host:path";
constexpr std::string_view kWebForm = "such as https://example.org/acme/apps.git";
constexpr std::string_view kSshForm = "such as ssh://git@example.org/acme/apps.git";

Error BadUrl(std::string_view url, std::string_view why, std::string hint = "") {
  return MakeError(ErrorKind::kInvalid, "unsafe or unknown repository URL",
                   "\"" + EscapeLine(std::string_view(RedactUrl(url)).substr(0, kLongestShown)) +
                       "\": " + std::string(why),
                   std::move(hint));
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool HasDotDot(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

/// Letters, digits, '.', '-' and '_'; or the inside of an IPv6 literal. Never an option.
bool IsHost(std::string_view host, bool ipv6) {
  if (host.empty() || host.size() > 253 || host.front() == '-' || host.front() == '.') return false;
  return std::all_of(host.begin(), host.end(), [&](char c) {
    if (ipv6) return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
    return IsAlnum(c) || c == '-' || c == '.' || c == '_';
  });
}

/// The path reaches a shell on the server, quoted by libgit2; so it holds nothing to quote.
bool IsSshPath(std::string_view path) {
  return !path.empty() && path.front() != '-' && std::all_of(path.begin(), path.end(), [](char c) {
    return IsAlnum(c) || std::string_view("._~/+-").find(c) != std::string_view::npos;
  });
}

bool IsUser(std::string_view user) {
  return !user.empty() && user.size() <= 64 && user.front() != '-' &&
         std::all_of(user.begin(), user.end(), [](char c) {
           return IsAlnum(c) || std::string_view("._-").find(c) != std::string_view::npos;
         });
}

/// "host", "host:22", "[::1]:22" → url.host and url.port; false when it is neither.
bool ReadHostAndPort(std::string_view text, ParsedUrl& url) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  const bool ipv6 = text.starts_with('[');
  const std::size_t end = ipv6 ? text.find(']') : text.find(':');
  if (ipv6) {
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return false;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (end != std::string_view::npos) {
    host = text.substr(0, end);
    port = text.substr(end + 1);
    has_port = true;
  }
  if (!IsHost(host, ipv6)) return false;
  url.host = Lower(host);
  if (!has_port) return true;
  if (port.empty() || port.size() > 5) return false;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    url.port = url.port * 10 + (c - '0');
  }
  return url.port >= 1 && url.port <= 65535;
}

Result<ParsedUrl> CheckPath(std::string_view url, std::string_view path) {
  if (HasDotDot(path)) return BadUrl(url, "\"..\" is not allowed in it", "write the whole path");
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  ParsedUrl parsed;
  parsed.path = path;
  parsed.text = path;
  return parsed;
}

Result<ParsedUrl> CheckFileUrl(std::string_view url, std::string_view rest) {
  if (rest.starts_with("localhost/")) rest.remove_prefix(9);
  if (!rest.starts_with('/')) {
    return BadUrl(url, "a file URL cannot name another host", "write file:///absolute/path");
  }
  const std::optional<std::string> path = DecodePercent(rest);
  if (!path || std::any_of(path->begin(), path->end(), IsControl)) {
    return BadUrl(url, "its percent-encoding is broken or hides control bytes",
                  "write the plain path instead: /absolute/path");
  }
  return CheckPath(url, *path);
}

Result<ParsedUrl> CheckHttpUrl(std::string_view url, UrlKind kind, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  ParsedUrl parsed;
  parsed.kind = kind;
  const bool has_host = ReadHostAndPort(authority, parsed);
  // A password may hold a slash itself; then it ends somewhere in what looks like the path.
  if (authority.find('@') != std::string_view::npos ||
      (!has_host && rest.find('@') != std::string_view::npos)) {
    return BadUrl(url, "credentials do not belong into a URL",
                  "remove what stands before \"@\" and set auth.username and auth.tokenFile");
  }
  if (!has_host) return BadUrl(url, "the host or port is not valid", std::string(kWebForm));
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return BadUrl(url, "it names no repository after the host", std::string(kWebForm));
  }
  parsed.path = rest.substr(slash);
  if (parsed.path.find_first_of("?#") != std::string::npos) {
    return BadUrl(url, "\"?\" and \"#\" are not part of a repository's address",
                  "leave out what follows; branch: and path: are keys of their own");
  }
  const std::optional<std::string> decoded = DecodePercent(parsed.path);
  const bool plain = std::all_of(parsed.path.begin(), parsed.path.end(), [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string::npos;
  });
  if (!plain || !decoded || std::any_of(decoded->begin(), decoded->end(), IsControl)) {
    return BadUrl(url, "the path holds characters that must be percent-encoded",
                  "copy the address that the server's page offers for cloning");
  }
  if (HasDotDot(*decoded)) {
    return BadUrl(url, "\"..\" is not allowed in it", std::string(kWebForm));
  }
  parsed.text = std::string(kind == UrlKind::kHttps ? "https://" : "http://") + std::string(rest);
  return parsed;
}

Result<ParsedUrl> FinishSsh(std::string_view url, ParsedUrl parsed, std::string_view user,
                            bool has_user) {
  parsed.kind = UrlKind::kSsh;
  if (has_user) {
    if (user.find(':') != std::string_view::npos) {
      return BadUrl(url, "a password does not belong into a URL",
                    "write ssh://user@host/path and set auth.sshKeyFile");
    }
    if (!IsUser(user)) {
      return BadUrl(url, "the user name is not valid", std::string(kSshForm));
    }
    parsed.user = user;
  }
  if (!IsSshPath(parsed.path)) {
    return BadUrl(url, "the path may hold letters, digits and ._~/+- only", std::string(kSshForm));
  }
  if (HasDotDot(parsed.path)) {
    return BadUrl(url, "\"..\" is not allowed in it", std::string(kSshForm));
  }
  return parsed;
}

Result<ParsedUrl> CheckSshUrl(std::string_view url, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  const std::size_t at = authority.rfind('@');
  std::string_view user;
  if (at != std::string_view::npos) {
    user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  ParsedUrl parsed;
  if (!ReadHostAndPort(authority, parsed)) {
    return BadUrl(url, "the host or port is not valid", std::string(kSshForm));
  }
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return BadUrl(url, "it names no repository after the host", std::string(kSshForm));
  }
  parsed.path = rest.substr(slash);
  parsed.text = "ssh://" + std::string(rest);
  return FinishSsh(url, std::move(parsed), user, at != std::string_view::npos);
}

Result<ParsedUrl> CheckScpForm(std::string_view url, std::size_t colon) {
  std::string_view host = url.substr(0, colon);
  const std::size_t at = host.rfind('@');
  std::string_view user;
  if (at != std::string_view::npos) {
    user = host.substr(0, at);
    host.remove_prefix(at + 1);
  }
  ParsedUrl parsed;
  if (!IsHost(host, false)) return BadUrl(url, "the host is not valid", std::string(kForms));
  parsed.host = Lower(host);
  parsed.path = url.substr(colon + 1);
  parsed.text = url;
  return FinishSsh(url, std::move(parsed), user, at != std::string_view::npos);
}

Result<ParsedUrl> CheckSchemeUrl(std::string_view url, std::size_t mark) {
  const std::string scheme = Lower(url.substr(0, mark));
  const std::string_view rest = url.substr(mark + 3);
  if (scheme == "file") return CheckFileUrl(url, rest);
  if (scheme == "https") return CheckHttpUrl(url, UrlKind::kHttps, rest);
  if (scheme == "http") return CheckHttpUrl(url, UrlKind::kHttp, rest);
  if (scheme == "ssh") return CheckSshUrl(url, rest);
  const auto nearest = NearestName(scheme, {"https", "http", "ssh", "file"});
  return BadUrl(url, "the scheme \"" + EscapeLine(scheme) + "\" is not supported",
                nearest ? "did you mean \"" + *nearest + "\"?" : std::string(kForms));
}

Error BadRef(std::string_view name, std::string_view why,
             std::string hint = "write it as `git branch` or `git tag` lists it, such as main") {
  return MakeError(ErrorKind::kInvalid, "not a valid ref name",
                   "\"" + EscapeLine(name) + "\": " + std::string(why), std::move(hint));
}

Status CheckRefComponent(std::string_view name, std::string_view component) {
  if (component.empty()) return BadRef(name, "it has an empty part between slashes");
  if (component.front() == '.') return BadRef(name, "a part begins with a dot");
  if (component.ends_with(".lock")) return BadRef(name, "a part ends in \".lock\"");
  return {};
}

}  // namespace

int ParsedUrl::EffectivePort() const {
  if (port != 0) return port;
  switch (kind) {
    case UrlKind::kHttps:
      return 443;
    case UrlKind::kHttp:
      return 80;
    case UrlKind::kSsh:
      return 22;
    case UrlKind::kPath:
      break;
  }
  return 0;
}

Result<ParsedUrl> CheckSourceUrl(std::string_view text) {
  if (text.empty()) return BadUrl(text, "it is empty", std::string(kForms));
  if (text.size() > kLongestUrl) {
    return BadUrl(text, "it is longer than 2048 bytes", std::string(kForms));
  }
  if (std::any_of(text.begin(), text.end(), IsControl)) {
    return BadUrl(text, "it holds control bytes", "remove them: a line break, a tab, an escape");
  }
  if (text.front() == '-') return BadUrl(text, "it begins with \"-\"", std::string(kForms));
  if (text.front() == '/') return CheckPath(text, text);
  const std::size_t colon = text.find(':');
  const std::size_t slash = text.find('/');
  if (colon == std::string_view::npos || slash < colon) {
    return BadUrl(text, "a path must be absolute", std::string(kForms));
  }
  if (text.substr(colon).starts_with("://")) return CheckSchemeUrl(text, colon);
  if (text.substr(colon).starts_with("::")) {
    return BadUrl(text, "remote helpers are not supported", std::string(kForms));
  }
  return CheckScpForm(text, colon);
}

std::string RedactUrl(std::string_view text) {
  const std::size_t mark = text.find("://");
  const std::size_t begin = mark == std::string_view::npos ? 0 : mark + 3;
  const std::size_t end = std::min(text.find('/', begin), text.size());
  // The last '@' before the path; a password may hold '/' and '@' itself, so look further too.
  std::size_t at = text.rfind('@', end);
  if (at == std::string_view::npos || at < begin) {
    const std::size_t later = text.rfind('@');
    const std::string_view between = text.substr(begin, end - begin);
    const bool password = between.find(':') != std::string_view::npos && mark != std::string::npos;
    if (!password || later == std::string_view::npos || later < begin) return std::string(text);
    at = later;
  }
  const std::string_view user = text.substr(begin, at - begin);
  const bool web = text.substr(0, begin).starts_with("http");
  if (!web && user.find(':') == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, begin)) + std::string(text.substr(at + 1));
}

Status CheckRefName(std::string_view name) {
  if (name.empty()) return BadRef(name, "it is empty");
  if (name.size() > kLongestRef) return BadRef(name.substr(0, 64), "it is longer than 255 bytes");
  if (name.front() == '-') return BadRef(name, "it begins with \"-\"");
  if (name == "@" || name == "HEAD") return BadRef(name, "name the branch itself");
  if (name.starts_with("refs/")) {
    return BadRef(name, "write the short name", "\"main\" instead of \"refs/heads/main\"");
  }
  for (const char c : name) {
    if (IsControl(c) || std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos) {
      return BadRef(name, "it holds a space, a control byte or one of ~^:?*[\\");
    }
  }
  if (name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos) {
    return BadRef(name, "it holds \"..\" or \"@{\"");
  }
  if (name.back() == '.') return BadRef(name, "it ends in a dot");
  std::string_view rest = name;
  while (true) {
    const std::size_t slash = rest.find('/');
    RETURN_IF_ERROR(CheckRefComponent(name, rest.substr(0, slash)));
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace gitops

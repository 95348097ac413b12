#include "sources/repository_key.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "engine/base/percent.h"
#include "sources/punycode.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestUrl = 2048;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// Hosts by which servers offer SSH where port 22 is closed.
bool ResolveAlias(std::string& host) {
  struct Alias {
    std::string_view name;
    std::string_view host;
  };
  static constexpr std::array<Alias, 4> kAliases{{{"ssh.github.com", "github.com"},
                                                  {"altssh.gitlab.com", "gitlab.com"},
                                                  {"altssh.bitbucket.org", "bitbucket.org"},
                                                  {"ssh.dev.azure.com", "dev.azure.com"}}};
  for (const Alias& alias : kAliases) {
    if (host != alias.name) continue;
    host = alias.host;
    return true;
  }
  return false;
}

int DefaultPort(std::string_view scheme) {
  if (scheme == "https") return 443;
  if (scheme == "http") return 80;
  if (scheme == "ssh") return 22;
  return 9418;  // git
}

/// "host", "host:2222", "[::1]:2222" → key.host and key.port.
bool ReadAuthority(std::string_view authority, RepositoryKey& key) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::size_t colon = authority.find(':', bracket);
  std::string_view host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    if (port.size() > 5) return false;
    for (const char c : port) {
      if (c < '0' || c > '9') return false;
      key.port = key.port * 10 + (c - '0');
    }
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto ascii = AsciiHost(host);
  if (!ascii || ascii->empty() || ascii->front() == '-') return false;
  key.host = *ascii;
  if (ResolveAlias(key.host) || key.port == DefaultPort(key.scheme)) key.port = 0;
  return true;
}

/// Segments of a decoded path; nullopt when one of them is "..".
std::optional<std::vector<std::string>> Segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "..") return std::nullopt;
    if (!segment.empty()) segments.push_back(Lower(segment));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return segments;
}

/// Takes away what a server writes into one kind of URL and not into another.
void DropServerParts(const RepositoryKey& key, PathStyle style,
                     std::vector<std::string>& segments) {
  const bool web = key.scheme == "http" || key.scheme == "https";
  if (style == PathStyle::kBitbucketServer && web && segments.size() == 3 &&
      segments.front() == "scm") {
    segments.erase(segments.begin());
  }
  if (key.host != "dev.azure.com") return;
  // https://dev.azure.com/org/project/_git/repo is git@ssh.dev.azure.com:v3/org/project/repo.
  if (segments.size() == 4 && segments.front() == "v3") {
    segments.erase(segments.begin());
  } else if (segments.size() == 4 && segments[2] == "_git") {
    segments.erase(segments.begin() + 2);
  }
}

bool ReadPath(std::string_view path, PathStyle style, RepositoryKey& key) {
  const auto decoded = DecodePercent(path.substr(0, path.find_first_of("?#")));
  if (!decoded || std::any_of(decoded->begin(), decoded->end(), IsControl)) return false;
  auto segments = Segments(*decoded);
  if (!segments || segments->empty()) return false;
  constexpr std::string_view kSuffix = ".git";
  std::string& last = segments->back();
  if (last.size() > kSuffix.size() && last.ends_with(kSuffix)) {
    last.resize(last.size() - kSuffix.size());
    if (last == "..") return false;  // "...git" names no repository.
  }
  DropServerParts(key, style, *segments);
  for (const std::string& segment : *segments) {
    if (!key.path.empty()) key.path += '/';
    key.path += segment;
  }
  return true;
}

}  // namespace

std::optional<RepositoryKey> RepositoryKeyOf(std::string_view url, PathStyle style) {
  if (url.empty() || url.size() > kLongestUrl || url.front() == '-' || url.front() == '/' ||
      std::any_of(url.begin(), url.end(), IsControl)) {
    return std::nullopt;
  }
  RepositoryKey key;
  std::string_view authority;
  std::string_view path;
  if (const std::size_t mark = url.find("://"); mark != std::string_view::npos) {
    key.scheme = Lower(url.substr(0, mark));
    if (key.scheme != "http" && key.scheme != "https" && key.scheme != "ssh" &&
        key.scheme != "git") {
      return std::nullopt;
    }
    const std::string_view rest = url.substr(mark + 3);
    const std::size_t end = rest.find_first_of("/?#");
    if (end == std::string_view::npos) return std::nullopt;
    authority = rest.substr(0, end);
    path = rest.substr(end);
  } else {
    // user@host:path; a slash before the colon makes it a path, "::" a remote helper.
    const std::size_t colon = url.find(':');
    if (colon == std::string_view::npos || url.find('/') < colon ||
        url.substr(colon).starts_with("::")) {
      return std::nullopt;
    }
    key.scheme = "ssh";
    authority = url.substr(0, colon);
    path = url.substr(colon + 1);
  }
  if (!ReadAuthority(authority, key) || !ReadPath(path, style, key)) return std::nullopt;
  return key;
}

bool IsSameRepository(const RepositoryKey& a, const RepositoryKey& b) {
  if (a.host != b.host || a.path != b.path) return false;
  return a.scheme != b.scheme || a.port == b.port;
}

}  // namespace gitops

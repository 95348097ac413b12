// URLs and refs of sources: what passes is plain, means the same when it is read again, and nothing
// secret is left after redaction.
#include "sources/source_url.h"

#include <algorithm>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

void CheckUrl(std::string_view text) {
  const Result<ParsedUrl> url = CheckSourceUrl(text);
  if (!url) {
    Require(url.error().kind == ErrorKind::kInvalid, "a bad URL is invalid");
    return;
  }
  for (const std::string_view part : {std::string_view(url->text), std::string_view(url->path),
                                      std::string_view(url->host), std::string_view(url->user)}) {
    Require(IsPlain(part), "no part holds a control byte", url->text);
    Require(!part.starts_with('-'), "no part looks like an option", url->text);
  }
  Require(("/" + url->path + "/").find("/../") == std::string::npos, "no path leads upwards",
          url->text);
  Require(url->port >= 0 && url->port <= 65535, "a port is a port", url->text);
  Require((url->kind == UrlKind::kPath) == url->host.empty(), "only a path has no host", url->text);
  Require(url->kind != UrlKind::kPath || url->path.front() == '/', "a path is absolute", url->path);
  const bool web = url->kind == UrlKind::kHttp || url->kind == UrlKind::kHttps;
  const std::string_view authority =
      std::string_view(url->text).substr(0, url->text.find(url->path));
  Require(!web || authority.find('@') == std::string_view::npos, "a web URL has no credentials",
          url->text);

  const Result<ParsedUrl> again = CheckSourceUrl(url->text);
  Require(again.has_value(), "what is handed on passes again", url->text);
  Require(again->kind == url->kind && again->path == url->path && again->host == url->host &&
              again->port == url->port && again->user == url->user && again->text == url->text,
          "what is handed on means the same", url->text);
}

void CheckRef(std::string_view name) {
  if (!CheckRefName(name)) return;
  Require(!name.empty() && IsPlain(name) && name.front() != '-' && name.front() != '/' &&
              name.back() != '/' && name.back() != '.',
          "a ref's ends are plain", name);
  for (const std::string_view bad : {"..", "@{", "//", "~", "^", ":", "?", "*", "[", "\\", " "}) {
    Require(name.find(bad) == std::string_view::npos, "a ref is no expression", name);
  }
}

/// A password in front of a known host must never come out of RedactUrl.
void CheckRedaction(std::string_view text) {
  Require(RedactUrl(text).size() <= text.size(), "redaction adds nothing");
  constexpr std::string_view kPassword = "hunter2";
  if (text.find(kPassword) != std::string_view::npos) return;
  if (text.find_first_of("/@") != std::string_view::npos) return;
  for (const std::string_view scheme : {"https://", "http://", "ssh://"}) {
    const std::string url = std::string(scheme) + std::string(text) + ":" + std::string(kPassword) +
                            "@example.org/acme/apps.git";
    Require(RedactUrl(url).find(kPassword) == std::string::npos, "a password is not shown", url);
    const Result<ParsedUrl> checked = CheckSourceUrl(url);
    Require(!checked.has_value(), "a URL with a password is refused", url);
    Require(checked.error().ToString().find(kPassword) == std::string::npos,
            "a message does not show a password", url);
  }
}

}  // namespace

void FuzzSourceUrl(std::string_view bytes) {
  CheckUrl(bytes);
  CheckRef(bytes);
  CheckRedaction(bytes);
}

}  // namespace gitops::fuzz

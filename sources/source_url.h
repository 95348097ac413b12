// SourceUrl: what a source's URL and ref may look like. Everything that libgit2, a server or a
// remote shell could read as something else (an option, a helper, a credential, a revision
// expression) is refused by its form, before anything is contacted. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/source.h"

namespace gitops {

/// A URL that passed CheckSourceUrl.
struct ParsedUrl {
  UrlKind kind = UrlKind::kPath;
  /// kPath: absolute, decoded, without '/' at its end. Otherwise as written, after the host.
  std::string path;
  std::string host;  ///< Lower case; IPv6 without brackets; "" for kPath.
  int port = 0;      ///< 0: the scheme's own.
  std::string user;  ///< SSH only; "" when not written.
  /// What libgit2 is given: the same URL, with the scheme in lower case.
  std::string text;

  /// The port that is connected to: `port`, or 80, 443, 22.
  int EffectivePort() const;
};

/// Reads `/absolute/path`, `file://…`, `https://…`, `http://…`, `ssh://…` and the scp form
/// `[user@]host:path`. Errors: kInvalid, with the part that is wrong and how to write it.
Result<ParsedUrl> CheckSourceUrl(std::string_view text);

/// `text` without user and password, for messages; works on broken URLs too.
std::string RedactUrl(std::string_view text);

/// Checks the short name of a branch or tag ("main", "release/1.2") by the rules of
/// git-check-ref-format; revision expressions such as "HEAD~2" or ":/x" do not pass.
/// Errors: kInvalid.
Status CheckRefName(std::string_view name);

}  // namespace gitops

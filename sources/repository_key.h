// RepositoryKey: what two URLs of one repository have in common, however each is written. With it a
// webhook's repository is checked against a source. Never used to contact anything. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gitops {

struct RepositoryKey {
  std::string scheme;  ///< "http", "https", "ssh", "git".
  std::string host;    ///< Lower case, IDNA-encoded, without its alias ("ssh.github.com").
  int port = 0;        ///< 0: the scheme's own.
  std::string path;    ///< "acme/apps": decoded, lower case, without ".git".

  bool operator==(const RepositoryKey&) const = default;
};

/// How a kind of server writes the paths of its repositories.
enum class PathStyle {
  kPlain,
  kBitbucketServer,  ///< `/scm/KEY/slug` over HTTP is `/key/slug` over SSH.
};

/// nullopt: not http(s), ssh, git or the scp form; or with "..", NUL or control bytes in its path.
std::optional<RepositoryKey> RepositoryKeyOf(std::string_view url, PathStyle style);

/// The same host and path. Ports count only between URLs of one scheme: a server's web port says
/// nothing about its SSH port.
bool IsSameRepository(const RepositoryKey& a, const RepositoryKey& b);

}  // namespace gitops

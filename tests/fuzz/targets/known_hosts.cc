// known_hosts: the first line of the input is a host, the rest the file. Each line speaks for
// itself, every key that is found has the type it claims, and a verdict follows from the lists.
#include "sources/known_hosts.h"

#include <algorithm>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

void Append(std::vector<HostKey>& to, const std::vector<HostKey>& keys) {
  to.insert(to.end(), keys.begin(), keys.end());
}

void CheckKeys(const KnownKeys& known) {
  for (const HostKey& key : known.keys) {
    Require(!key.type.empty() && KeyTypeOf(key.blob) == key.type, "a key has the type it claims");
    const bool revoked =
        std::find(known.revoked.begin(), known.revoked.end(), key) != known.revoked.end();
    Require(JudgeHostKey(known, key.blob) ==
                (revoked ? HostKeyVerdict::kRevoked : HostKeyVerdict::kKnown),
            "a listed key is known unless it is revoked");
  }
  for (const HostKey& key : known.revoked) {
    Require(JudgeHostKey(known, key.blob) == HostKeyVerdict::kRevoked, "a revoked key is revoked");
  }
  Require(JudgeHostKey(known, "no key at all") ==
              (known.keys.empty() ? HostKeyVerdict::kUnknown : HostKeyVerdict::kChanged),
          "another key is unknown or changed");
}

}  // namespace

void FuzzKnownHosts(std::string_view bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string_view host = bytes.substr(0, end);
  std::string_view file = bytes.substr(std::min(end + 1, bytes.size()));
  for (const int port : {22, 2222}) {
    const KnownKeys known = FindHostKeys(file, host, port);
    CheckKeys(known);
    KnownKeys line_by_line;
    for (std::string_view rest = file; !rest.empty();) {
      const std::size_t length = std::min(rest.find('\n'), rest.size());
      const KnownKeys of_line = FindHostKeys(rest.substr(0, length), host, port);
      Append(line_by_line.keys, of_line.keys);
      Append(line_by_line.revoked, of_line.revoked);
      rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    Require(line_by_line.keys == known.keys && line_by_line.revoked == known.revoked,
            "each line speaks for itself");
  }
}

}  // namespace gitops::fuzz

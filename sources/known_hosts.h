// KnownHosts: which keys an OpenSSH known_hosts file holds for a host. Format: sshd(8),
// "SSH_KNOWN_HOSTS FILE FORMAT". Plain and hashed names, patterns, [host]:port, @revoked. Lines of
// @cert-authority are passed over: certificates of hosts are not supported. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gitops {

struct HostKey {
  std::string type;  ///< "ssh-ed25519", …
  std::string blob;  ///< The raw key, as the server sends it.

  bool operator==(const HostKey&) const = default;
};

struct KnownKeys {
  std::vector<HostKey> keys;
  std::vector<HostKey> revoked;
};

/// The keys of `host` at `port` in a known_hosts file. Lines that cannot be read are passed over,
/// as OpenSSH does.
KnownKeys FindHostKeys(std::string_view file, std::string_view host, int port);

enum class HostKeyVerdict { kKnown, kUnknown, kChanged, kRevoked };

/// What `known` says about the key that a server presented.
HostKeyVerdict JudgeHostKey(const KnownKeys& known, std::string_view blob);

/// "SHA256:…", as ssh-keygen -l prints it.
std::string Fingerprint(std::string_view blob);

/// The type inside a raw key; "" when it is broken.
std::string KeyTypeOf(std::string_view blob);

/// How known_hosts names a host: "example.org", or "[example.org]:2222".
std::string KnownHostName(std::string_view host, int port);

}  // namespace gitops

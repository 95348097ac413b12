// SshKey: what kind of private key a file holds, from its outside alone, so that keys which cannot
// work are refused with the reason before a server is contacted. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace gitops {

struct SshKeyInfo {
  std::string type;  ///< "ssh-ed25519", "ssh-rsa", "ecdsa-…", "ssh-dss"; "" when it cannot be told.
  bool encrypted = false;
};

/// Reads the head of a private key (OpenSSH or PEM). Errors: kInvalid (a public key, or no key).
Result<SshKeyInfo> InspectPrivateKey(std::string_view text);

/// True for a libssh2 before 1.11: it signs and verifies RSA with SHA-1 only.
bool UsesSha1ForRsa(std::string_view libssh2_version);

/// Checks that a key can be used with this libssh2 ("1.10.0"): not encrypted, and not RSA before
/// 1.11 (which can sign with SHA-1 only, and servers refuse that). Errors: kInvalid.
Status CheckUsableKey(const std::string& file, std::string_view text,
                      std::string_view libssh2_version);

}  // namespace gitops

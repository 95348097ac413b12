#include "sources/ssh_key.h"

#include <charconv>
#include <optional>

#include "sources/base64.h"

namespace gitops {
namespace {

constexpr std::string_view kNewKey = "ssh-keygen -t ed25519 -N '' -f deploy_key";

/// The base64 between "-----BEGIN x-----" and "-----END x-----"; "" when there is no such block.
std::string BodyOf(std::string_view text, std::string_view label) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return "";
  std::string body;
  for (const char c : text.substr(from + begin.size(), to - from - begin.size())) {
    if (c != '\n' && c != '\r' && c != ' ') body += c;
  }
  return body;
}

std::optional<std::string> TakeString(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8U | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(4);
  if (size > bytes.size()) return std::nullopt;
  std::string value(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return value;
}

/// Format: PROTOCOL.key of OpenSSH: magic, cipher, kdf, kdf options, number of keys, public key.
std::optional<SshKeyInfo> InspectOpenSsh(std::string_view text) {
  const auto decoded = Base64Decode(BodyOf(text, "OPENSSH PRIVATE KEY"));
  constexpr std::string_view kMagic("openssh-key-v1\0", 15);
  if (!decoded || !decoded->starts_with(kMagic)) return std::nullopt;
  std::string_view bytes = std::string_view(*decoded).substr(kMagic.size());
  const auto cipher = TakeString(bytes);
  const auto kdf = TakeString(bytes);
  const auto options = TakeString(bytes);
  if (!cipher || !kdf || !options || bytes.size() < 4) return std::nullopt;
  bytes.remove_prefix(4);
  const auto public_key = TakeString(bytes);
  if (!public_key) return std::nullopt;
  std::string_view key = *public_key;
  return SshKeyInfo{TakeString(key).value_or(""), *cipher != "none"};
}

/// PKCS #8 names its algorithm by an object identifier near the front.
std::string TypeOfPkcs8(std::string_view text) {
  const auto der = Base64Decode(BodyOf(text, "PRIVATE KEY"));
  if (!der) return "";
  const std::string_view head = std::string_view(*der).substr(0, 64);
  if (head.find("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01") != head.npos) return "ssh-rsa";
  if (head.find("\x2B\x65\x70") != head.npos) return "ssh-ed25519";
  if (head.find("\x2A\x86\x48\xCE\x3D\x02\x01") != head.npos) return "ecdsa-sha2";
  return "";
}

bool Has(std::string_view text, std::string_view label) {
  return text.find("-----BEGIN " + std::string(label) + "-----") != std::string_view::npos;
}

}  // namespace

bool UsesSha1ForRsa(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec != std::errc() || first.ptr == end) return false;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc()) return false;
  return major < 1 || (major == 1 && minor < 11);
}

Result<SshKeyInfo> InspectPrivateKey(std::string_view text) {
  if (Has(text, "OPENSSH PRIVATE KEY")) {
    if (const auto info = InspectOpenSsh(text)) return *info;
    return MakeError(ErrorKind::kInvalid, "SSH key is broken", "the file is cut off or damaged",
                     std::string(kNewKey));
  }
  const bool encrypted = text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
  if (Has(text, "RSA PRIVATE KEY")) return SshKeyInfo{"ssh-rsa", encrypted};
  if (Has(text, "EC PRIVATE KEY")) return SshKeyInfo{"ecdsa-sha2", encrypted};
  if (Has(text, "DSA PRIVATE KEY")) return SshKeyInfo{"ssh-dss", encrypted};
  if (Has(text, "ENCRYPTED PRIVATE KEY")) return SshKeyInfo{"", true};
  if (Has(text, "PRIVATE KEY")) return SshKeyInfo{TypeOfPkcs8(text), false};
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || Has(text, "PUBLIC KEY")) {
    return MakeError(ErrorKind::kInvalid, "SSH key is a public key",
                     "auth.sshKeyFile needs the private one", "name the file without \".pub\"");
  }
  return MakeError(ErrorKind::kInvalid, "not an SSH private key",
                   "the file has no \"BEGIN … PRIVATE KEY\" line", std::string(kNewKey));
}

Status CheckUsableKey(const std::string& file, std::string_view text,
                      std::string_view libssh2_version) {
  Result<SshKeyInfo> info = InspectPrivateKey(text);
  if (!info) return std::move(info).error().WithContext(file);
  if (info->encrypted) {
    return MakeError(ErrorKind::kInvalid, "SSH key has a passphrase",
                     file + ": nobody is there to type it",
                     "make a key of its own for deployment: " + std::string(kNewKey));
  }
  if (info->type == "ssh-rsa" && UsesSha1ForRsa(libssh2_version)) {
    return MakeError(ErrorKind::kInvalid, "RSA keys do not work with this libssh2",
                     file + ": libssh2 " + std::string(libssh2_version) +
                         " signs with SHA-1 only, which servers refuse; 1.11 is needed for RSA",
                     std::string(kNewKey));
  }
  if (info->type == "ssh-dss") {
    return MakeError(ErrorKind::kInvalid, "DSA keys are not supported",
                     file + ": servers refuse them", std::string(kNewKey));
  }
  return {};
}

}  // namespace gitops

// Digests: SHA-256 for our own inputs, keyed SHA-256 for secrets, SHA-1 only because Git names its
// objects so. Pure; OpenSSL does the work.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gitops {

using Sha1Bytes = std::array<std::uint8_t, 20>;
using Sha256Bytes = std::array<std::uint8_t, 32>;

Sha1Bytes Sha1(std::string_view bytes);
Sha256Bytes Sha256(std::string_view bytes);

/// Lower-case hex of SHA-256.
std::string Sha256Hex(std::string_view bytes);

/// The bytes of 64 hex digits of either case; nullopt for anything else.
std::optional<Sha256Bytes> Sha256FromHex(std::string_view hex);

/// HMAC-SHA-256 (RFC 2104), raw bytes.
Sha256Bytes HmacSha256(std::string_view key, std::string_view bytes);

std::string ToHex(const std::uint8_t* bytes, std::size_t size);

/// Compares in a time that depends on the sizes only.
bool EqualsConstantTime(std::string_view a, std::string_view b);

/// Hashes a list of fields so that no two different lists give the same bytes: each field is
/// preceded by its length.
class DigestBuilder {
 public:
  DigestBuilder& Add(std::string_view field);
  DigestBuilder& Add(std::int64_t number);

  /// Lower-case hex of SHA-256 over all fields added so far.
  std::string Hex() const;

 private:
  std::string bytes_;
};

}  // namespace gitops

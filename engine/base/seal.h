// Seal: byte strings encrypted and authenticated under one key, for data that lies on a disk.
// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Thread-safe: no state. OpenSSL does the
// work and is the only source of chance here.
//
// Format: one byte version (1) · 12 bytes nonce · ciphertext · 16 bytes tag. The associated data is
// the version byte followed by the purpose, so that nothing sealed for one purpose (one column of
// one row) opens as another.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace gitops {

/// Bytes of a key.
inline constexpr std::size_t kSealKeySize = 32;

/// How many bytes longer the sealed form is.
inline constexpr std::size_t kSealOverhead = 1 + 12 + 16;

/// A new random key.
Secret GenerateSealKey();

/// Seals `plain`. Two calls give different bytes. REQUIRES: a key of kSealKeySize bytes.
std::string Seal(const Secret& key, std::string_view purpose, std::string_view plain);

/// The bytes that Seal was given. REQUIRES: a key of kSealKeySize bytes. Errors: kCorruption when
/// it does not open: another key, another purpose, an unknown version, or changed bytes.
Result<std::string> Unseal(const Secret& key, std::string_view purpose, std::string_view sealed);

}  // namespace gitops

#include "engine/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <memory>

#include "engine/base/check.h"

namespace gitops {
namespace {

/// An algorithm of OpenSSL, looked up once: EVP_sha256() and the like look it up at every use,
/// which takes longer than hashing what the engine hashes. Immutable, so threads may share it.
struct Algorithm {
  explicit Algorithm(const char* name)
      : handle(EVP_MD_fetch(nullptr, name, nullptr), &EVP_MD_free) {
    CHECK(handle != nullptr);
  }
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> handle;
};

const Algorithm& Sha256Algorithm() {
  static const Algorithm kSha256("SHA256");
  return kSha256;
}

/// `Bytes` tells the algorithms apart: a context that goes on with the same one is not made anew,
/// which would take as long as hashing what the engine hashes.
template <typename Bytes>
Bytes Digest(const Algorithm& algorithm, std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Bytes result{};
  unsigned int size = 0;
  CHECK(EVP_DigestInit_ex(context.get(), algorithm.handle.get(), nullptr) == 1);
  CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context.get(), result.data(), &size) == 1);
  CHECK(size == result.size());
  return result;
}

}  // namespace

Sha1Bytes Sha1(std::string_view bytes) {
  static const Algorithm kSha1("SHA1");
  return Digest<Sha1Bytes>(kSha1, bytes);
}

Sha256Bytes Sha256(std::string_view bytes) { return Digest<Sha256Bytes>(Sha256Algorithm(), bytes); }

std::string Sha256Hex(std::string_view bytes) {
  const Sha256Bytes digest = Sha256(bytes);
  return ToHex(digest.data(), digest.size());
}

std::optional<Sha256Bytes> Sha256FromHex(std::string_view hex) {
  Sha256Bytes bytes{};
  if (hex.size() != bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0) return std::nullopt;
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | digit);
  }
  return bytes;
}

Sha256Bytes HmacSha256(std::string_view key, std::string_view bytes) {
  Sha256Bytes result{};
  unsigned int size = 0;
  CHECK(HMAC(Sha256Algorithm().handle.get(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), result.data(),
             &size) != nullptr);
  return result;
}

std::string ToHex(const std::uint8_t* bytes, std::size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(size * 2, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return text;
}

bool EqualsConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

DigestBuilder& DigestBuilder::Add(std::string_view field) {
  if (bytes_.empty()) bytes_.reserve(512);  // Most have several fields of some dozen bytes.
  std::array<char, 24> size;
  const auto end = std::to_chars(size.data(), size.data() + size.size(), field.size());
  bytes_.append(size.data(), end.ptr);
  bytes_ += ':';
  bytes_ += field;
  return *this;
}

DigestBuilder& DigestBuilder::Add(std::int64_t number) { return Add(std::to_string(number)); }

std::string DigestBuilder::Hex() const { return Sha256Hex(bytes_); }

}  // namespace gitops

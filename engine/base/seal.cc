#include "engine/base/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <climits>
#include <memory>

#include "engine/base/check.h"

namespace gitops {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(char* text) { return reinterpret_cast<unsigned char*>(text); }

int Size(std::size_t size) {
  CHECK(size <= INT_MAX);
  return static_cast<int>(size);
}

void RandomBytes(char* bytes, std::size_t size) {
  CHECK(RAND_bytes(Bytes(bytes), Size(size)) == 1);
}

std::string AssociatedData(char version, std::string_view purpose) {
  return std::string(1, version).append(purpose);
}

Error DoesNotOpen(std::string_view purpose, std::string_view why) {
  return MakeError(ErrorKind::kCorruption, "sealed data does not open",
                   std::string(purpose) + ": " + std::string(why),
                   "put back the key file that belongs to this state directory, or restore a "
                   "backup: tfgrid-compose restore FILE");
}

}  // namespace

Secret GenerateSealKey() {
  std::string key(kSealKeySize, '\0');
  RandomBytes(key.data(), key.size());
  return Secret(std::move(key));
}

std::string Seal(const Secret& key, std::string_view purpose, std::string_view plain) {
  CHECK(key.Reveal().size() == kSealKeySize);
  std::string sealed(1 + kNonceSize + plain.size() + kTagSize, kVersion);
  char* nonce = sealed.data() + 1;
  char* text = nonce + kNonceSize;
  char* tag = text + plain.size();
  RandomBytes(nonce, kNonceSize);

  const Context context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  const std::string associated = AssociatedData(kVersion, purpose);
  int written = 0;
  CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key.Reveal()),
                           Bytes(nonce)) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, Bytes(associated),
                          Size(associated.size())) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), Bytes(text), &written, Bytes(plain), Size(plain.size())) ==
        1);
  CHECK(EVP_EncryptFinal_ex(context.get(), Bytes(tag), &written) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, Size(kTagSize), tag) == 1);
  return sealed;
}

Result<std::string> Unseal(const Secret& key, std::string_view purpose, std::string_view sealed) {
  CHECK(key.Reveal().size() == kSealKeySize);
  if (sealed.size() < kSealOverhead) return DoesNotOpen(purpose, "it is too short");
  if (sealed.size() > INT_MAX) return DoesNotOpen(purpose, "it is too long");
  if (sealed[0] != kVersion) {
    return DoesNotOpen(purpose, "it has format " + std::to_string(int{sealed[0]}) +
                                    ", this program knows format " + std::to_string(kVersion));
  }
  const std::string_view nonce = sealed.substr(1, kNonceSize);
  const std::string_view text = sealed.substr(1 + kNonceSize, sealed.size() - kSealOverhead);
  std::string tag(sealed.substr(sealed.size() - kTagSize));

  const Context context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  const std::string associated = AssociatedData(kVersion, purpose);
  std::string plain(text.size(), '\0');
  int written = 0;
  CHECK(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key.Reveal()),
                           Bytes(nonce)) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), nullptr, &written, Bytes(associated),
                          Size(associated.size())) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), Bytes(plain.data()), &written, Bytes(text),
                          Size(text.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, Size(kTagSize), tag.data()) == 1);
  unsigned char rest[kTagSize];
  if (EVP_DecryptFinal_ex(context.get(), rest, &written) != 1) {
    return DoesNotOpen(purpose, "another key sealed it, or its bytes were changed");
  }
  return plain;
}

}  // namespace gitops

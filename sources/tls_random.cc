#include "sources/tls_random.h"

#include <dlfcn.h>
#include <sys/random.h>

#include <cerrno>
#include <cstddef>

/// Stands before the function of the same name in mbedTLS for all libraries of this process: a
/// program's own symbols are found first. Where libgit2 uses another TLS library, nobody calls it.
extern "C" __attribute__((visibility("default"))) int mbedtls_ctr_drbg_random(void* /*generator*/,
                                                                              unsigned char* out,
                                                                              std::size_t size) {
  constexpr int kNoEntropy = -0x0034;  // MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = getrandom(out + filled, size - filled, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return kNoEntropy;
    filled += static_cast<std::size_t>(count);
  }
  return 0;
}

namespace gitops {

bool TlsRandomSurvivesForks() {
  if (dlsym(RTLD_DEFAULT, "mbedtls_ssl_handshake") == nullptr) return true;  // OpenSSL, GnuTLS.
  void* const found = dlsym(RTLD_DEFAULT, "mbedtls_ctr_drbg_random");
  return found == reinterpret_cast<void*>(&mbedtls_ctr_drbg_random);
}

}  // namespace gitops

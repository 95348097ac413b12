#include "sources/system_certificates.h"

#include <dlfcn.h>

namespace gitops {
namespace {

thread_local int unread = 0;  ///< How many CertificatesUnread this thread has.

/// MBEDTLS_ERR_X509_FILE_IO_ERROR, of a library that this project does not link itself.
constexpr int kCannotRead = -0x2900;

}  // namespace

CertificatesUnread::CertificatesUnread() { ++unread; }
CertificatesUnread::~CertificatesUnread() { --unread; }

}  // namespace gitops

/// Stands before the function of the same name in mbedTLS for all libraries of this process: a
/// program's own symbols are found first. Where libgit2 uses another TLS library, nobody calls it.
extern "C" __attribute__((visibility("default"))) int mbedtls_x509_crt_parse_file(
    void* chain, const char* path) {
  using ParseFile = int (*)(void*, const char*);
  if (gitops::unread > 0) return gitops::kCannotRead;
  void* const real = dlsym(RTLD_NEXT, "mbedtls_x509_crt_parse_file");
  return real == nullptr ? gitops::kCannotRead : reinterpret_cast<ParseFile>(real)(chain, path);
}

#include "sources/system_certificates.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "sources/git_library.h"

extern "C" int mbedtls_x509_crt_parse_file(void* chain, const char* path);

namespace gitops {
namespace {

TEST(SystemCertificates, AreReadByNobodyWhileTheyAreUnread) {
  const CertificatesUnread outer;
  {
    const CertificatesUnread inner;
    // With a chain that is none, reading the file would crash.
    EXPECT_LT(mbedtls_x509_crt_parse_file(nullptr, kSystemCertificates), 0);
  }
  EXPECT_LT(mbedtls_x509_crt_parse_file(nullptr, kSystemCertificates), 0);
}

TEST(SystemCertificates, LibrariesAskThisProgram) {
  ASSERT_TRUE(GitLibrary::Start());
  void* const found = dlsym(RTLD_DEFAULT, "mbedtls_x509_crt_parse_file");
  ASSERT_NE(found, nullptr);
  Dl_info theirs{};
  Dl_info ours{};
  ASSERT_NE(dladdr(found, &theirs), 0);
  ASSERT_NE(dladdr(reinterpret_cast<void*>(&mbedtls_x509_crt_parse_file), &ours), 0);
  EXPECT_EQ(theirs.dli_fbase, ours.dli_fbase) << theirs.dli_fname;
}

}  // namespace
}  // namespace gitops

// SystemCertificates: keeps libgit2 from reading the certificates that the machine trusts where
// nothing is fetched over TLS. Built with mbedTLS, as Debian builds it, the library decodes all of
// them whenever it is started: 4 ms, most of what a pass costs that finds nothing new. Who fetches
// over https names the file (remote_auth.cc); without one no certificate is trusted.
#pragma once

namespace gitops {

/// While one lives, the thread that made it reads no certificates.
class CertificatesUnread {
 public:
  CertificatesUnread();
  ~CertificatesUnread();
  CertificatesUnread(const CertificatesUnread&) = delete;
  CertificatesUnread& operator=(const CertificatesUnread&) = delete;
};

/// Where Debian keeps what the machine trusts.
inline constexpr const char* kSystemCertificates = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace gitops

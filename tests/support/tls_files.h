// TLS for tests: certificates made on the spot, and a client that trusts any of them.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "engine/base/check.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"

namespace gitops {

struct CertificatePem {
  std::string certificate;
  std::string key;
};

inline std::string TakePem(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

/// A self-signed certificate for `name` that ends `seconds` from now.
inline CertificatePem MakeCertificate(const std::string& name, long seconds = 3600) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  CHECK(key != nullptr);
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  CertificatePem pem;
  pem.certificate = TakePem(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  pem.key = TakePem(bio);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pem;
}

/// A connection with TLS over a RawClient.
class TlsClient {
 public:
  /// `highest`: the newest version that it speaks, 0 for any.
  explicit TlsClient(std::uint16_t port, int highest = 0)
      : raw_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    if (highest != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), highest);
      SSL_CTX_set_max_proto_version(context_.get(), highest);
      SSL_CTX_set_security_level(context_.get(), 0);
    }
    ssl_ = {SSL_new(context_.get()), SSL_free};
    SSL_set_fd(ssl_.get(), raw_.fd());
    open_ = raw_.connected() && SSL_connect(ssl_.get()) == 1;
  }

  bool open() const { return open_; }
  std::string version() const { return SSL_get_version(ssl_.get()); }

  /// The common name of the server's certificate.
  std::string ServerName() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
    return name;
  }

  bool Send(std::string_view bytes) {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

  /// What came until the answer's body was whole, as far as Content-Length says.
  std::string ReadAnswer() {
    std::string all;
    char bytes[4096];
    while (true) {
      const std::size_t head = all.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t at = all.find("Content-Length: ");
        const auto length = at == std::string::npos
                                ? std::size_t{0}
                                : static_cast<std::size_t>(std::atoll(all.c_str() + at + 16));
        if (all.size() >= head + 4 + length) return all;
      }
      const int count = SSL_read(ssl_.get(), bytes, sizeof bytes);
      if (count <= 0) return all;
      all.append(bytes, static_cast<std::size_t>(count));
    }
  }

  /// True when the server says that it is done, and has sent nothing more.
  bool ServerCloses() {
    char byte = 0;
    const int count = SSL_read(ssl_.get(), &byte, 1);
    return count <= 0 && SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  RawClient raw_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool open_ = false;
};

}  // namespace gitops

#include "engine/server/tls_identity.h"

#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "engine/os/system_error.h"

namespace gitops {
namespace {

Error Refuse(const std::string& path, const std::string& why, std::string hint) {
  return MakeError(ErrorKind::kInvalid, "the TLS files cannot be used", "\"" + path + "\" " + why,
                   std::move(hint));
}

/// The newest error of OpenSSL on this thread, as its fixed text.
std::string TlsErrorText() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? "unknown reason" : text;
}

Status CheckKeyFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return SystemError("the TLS files cannot be used", path, errno);
  }
  // A group may read it: that is how Debian shares keys with services.
  if ((info.st_mode & 0027) != 0) {
    return Refuse(path, "can be read or changed by other users", "chmod 600 '" + path + "'");
  }
  return {};
}

/// HTTP/1.1 when the client offers it; else nothing is agreed on.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  static constexpr std::array<unsigned char, 9> kOurs{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, kOurs.data(), kOurs.size(), offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Status SetUp(SSL_CTX* context, const TlsFiles& files) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate_file.c_str()) != 1) {
    return Refuse(files.certificate_file, "holds no certificate: " + TlsErrorText(),
                  "openssl x509 -noout -text -in '" + files.certificate_file + "'");
  }
  // A key with a passphrase would ask for it on the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    if (!other) {
      return Refuse(files.key_file, "holds no private key without a passphrase: " + TlsErrorText(),
                    "openssl pkey -noout -in '" + files.key_file + "'");
    }
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return Refuse(files.key_file,
                  "is not the key of the first certificate in \"" + files.certificate_file + "\"",
                  "the server's own certificate comes first, then those of its issuers");
  }
  return {};
}

Status CheckDates(SSL_CTX* context, const std::string& path) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
    return Refuse(path, "has expired", "openssl x509 -noout -enddate -in '" + path + "'");
  }
  return {};
}

}  // namespace

Result<TlsIdentity::Context> TlsIdentity::Read(const TlsFiles& files) {
  RETURN_IF_ERROR(CheckKeyFile(files.key_file));
  if (access(files.certificate_file.c_str(), R_OK) != 0) {
    return SystemError("the TLS files cannot be used", files.certificate_file, errno);
  }
  if (access(files.key_file.c_str(), R_OK) != 0) {
    return SystemError("the TLS files cannot be used", files.key_file, errno);
  }
  try {
    auto context =
        std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
    RETURN_IF_ERROR(SetUp(context->native_handle(), files));
    RETURN_IF_ERROR(CheckDates(context->native_handle(), files.certificate_file));
    return context;
  } catch (const std::exception& error) {
    return MakeError(ErrorKind::kTransient, "TLS cannot be set up", error.what());
  }
}

TlsIdentity::Mark TlsIdentity::Look(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return Mark{info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::Load(TlsFiles files) {
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(std::move(files)));
  identity->certificate_mark_ = Look(identity->files_.certificate_file);
  identity->key_mark_ = Look(identity->files_.key_file);
  ASSIGN_OR_RETURN(identity->current_, Read(identity->files_));
  return identity;
}

TlsIdentity::Context TlsIdentity::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void TlsIdentity::Refresh(Log& log) {
  const Mark certificate = Look(files_.certificate_file);
  const Mark key = Look(files_.key_file);
  if (certificate == certificate_mark_ && key == key_mark_) return;
  // Both files are hardly ever replaced in the same instant: a pair that does not fit yet is looked
  // at again when the second one comes.
  certificate_mark_ = certificate;
  key_mark_ = key;
  Result<Context> fresh = Read(files_);
  if (!fresh) {
    log.Error("the new TLS files are not used; the old ones stay in use",
              {{"error", fresh.error().ToString()}});
    return;
  }
  const std::lock_guard lock(mutex_);
  current_ = *std::move(fresh);
  log.Info("new TLS files are in use", {{"certificate", files_.certificate_file}});
}

}  // namespace gitops

// RemoteAuth: who we are and whom we talk to: trusted CAs, SSH host keys, and the one credential of
// a source, given to its own host once. In the fetch child; single-threaded.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "sources/fetch_wire.h"
#include "sources/known_hosts.h"
#include "sources/remote_notes.h"
#include "sources/source_url.h"
#include "sources/trusted_certificates.h"

struct git_cert;
struct git_credential;

namespace gitops {

/// Checks that a private key's text can be used with the libssh2 of this machine; `file` is for
/// messages. Errors: kInvalid.
Status CheckDeployKey(const std::string& file, std::string_view text);

class RemoteAuth {
 public:
  /// Reads key, known_hosts and CA files, as far as `trusted` does not have them, and sets libgit2
  /// up with them. Errors: kInvalid.
  static Result<RemoteAuth> Prepare(const RemoteRequest& request, const ParsedUrl& url,
                                    TrustedCertificates& trusted);

  /// The body of libgit2's credential callback. Puts into `notes` why there is none.
  int GiveCredential(git_credential** out, const char* url, unsigned int allowed,
                     RemoteNotes& notes);

  /// The body of libgit2's certificate callback: 0 only for a certificate or host key that is
  /// valid. (libgit2 1.5 takes a positive answer for "yes".)
  int CheckCertificate(git_cert* cert, bool valid, const char* host, RemoteNotes& notes) const;

 private:
  RemoteAuth(const RemoteRequest& request, ParsedUrl url)
      : request_(&request), url_(std::move(url)) {}

  Status PrepareSsh();
  Status CheckKnownKeyTypes() const;
  Error HostKeyError(HostKeyVerdict verdict, std::string_view blob) const;

  const RemoteRequest* request_;  ///< Outlives this.
  ParsedUrl url_;
  KnownKeys known_keys_;
  int given_ = 0;
};

}  // namespace gitops

#include "sources/remote_error.h"

#include <git2.h>

#include <charconv>
#include <utility>

#include "engine/base/timestamp.h"

namespace gitops {
namespace {

std::string Endpoint(const ParsedUrl& url) {
  const bool ipv6 = url.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? "[" + url.host + "]" : url.host;
  return url.port == 0 ? host : host + ":" + std::to_string(url.port);
}

int HttpStatus(const GitFailure& failure) {
  constexpr std::string_view kMark = "http status code: ";
  const std::size_t at = failure.message.find(kMark);
  int status = 0;
  if (at != std::string::npos) {
    const char* begin = failure.message.data() + at + kMark.size();
    std::from_chars(begin, failure.message.data() + failure.message.size(), status);
  }
  return status;
}

/// "name: " before what libgit2 said.
std::string Because(const std::string& subject, const GitFailure& failure) {
  return subject + ": " + failure.message;
}

Error HttpError(const RemoteRequest& request, const ParsedUrl& url, int status,
                const GitFailure& failure) {
  const std::string answer = Endpoint(url) + " answered with status " + std::to_string(status);
  switch (status) {
    case 401:
      return MakeError(ErrorKind::kInvalid, "credentials are needed", answer + " (unauthorized)",
                       "set auth.tokenFile of source " + request.source);
    case 403:
      return MakeError(
          ErrorKind::kInvalid, "access was refused", answer + " (forbidden)",
          "the token of source " + request.source + " may lack the right to read " + url.path);
    case 404:
    case 410:
      return MakeError(
          ErrorKind::kNotFound, "repository not found",
          answer + " for " + request.url +
              (request.token.empty() ? "; servers also say so when a token is missing" : ""),
          "check the url of source " + request.source);
    case 429:
      return MakeError(ErrorKind::kTransient, "server asks to slow down",
                       answer + " (too many requests)",
                       "a longer interval of source " + request.source + " asks less often");
    default:
      return MakeError(ErrorKind::kTransient, "server failed", Because(answer, failure),
                       "it is asked again; if it lasts, ask who runs " + url.host);
  }
}

Error CertificateError(const RemoteRequest& request, const ParsedUrl& url,
                       const GitFailure& failure) {
  return MakeError(ErrorKind::kInvalid, "server certificate was refused",
                   Because(Endpoint(url), failure),
                   "if the server's own CA is meant, set auth.caFile of source " + request.source +
                       " to its PEM file; look at it with: openssl s_client -connect " + url.host +
                       ":" + std::to_string(url.EffectivePort()) + " -showcerts");
}

Error RedirectError(const RemoteRequest& request, const ParsedUrl& url, const RemoteNotes& notes) {
  const std::string target = !notes.foreign_endpoint.empty() ? notes.foreign_endpoint
                             : notes.redirect_problem.empty()
                                 ? "another address"
                                 : "another address (" + notes.redirect_problem + ")";
  return MakeError(
      ErrorKind::kInvalid, "redirects are not followed", Endpoint(url) + " redirects to " + target,
      "if that is right, put the new address into the url of source " + request.source);
}

Error CredentialError(const RemoteRequest& request, const ParsedUrl& url,
                      const RemoteNotes& notes) {
  const bool ssh = url.kind == UrlKind::kSsh;
  if (notes.credentials_refused) {
    return MakeError(ErrorKind::kInvalid, "credentials were refused",
                     Endpoint(url) + (ssh ? " does not accept the key " + request.ssh_key_file
                                          : " does not accept the token"),
                     ssh ? "add the public key to the repository's deploy keys; see it with: "
                           "ssh-keygen -y -f " +
                               request.ssh_key_file
                         : "renew the token that auth of source " + request.source + " names");
  }
  return MakeError(ErrorKind::kInvalid, "credentials are needed",
                   Endpoint(url) +
                       " asks for them, and none are configured; servers also do so "
                       "when there is no such repository",
                   std::string(ssh ? "set auth.sshKeyFile" : "set auth.tokenFile") + " of source " +
                       request.source);
}

Error SshError(const RemoteRequest& request, const ParsedUrl& url, const GitFailure& failure,
               const RemoteNotes& notes) {
  if (failure.Says("authenticat") || notes.credentials_refused) {
    RemoteNotes refused = notes;
    refused.credentials_refused = true;
    return CredentialError(request, url, refused);
  }
  for (const std::string_view part :
       {"does not appear to be a git repository", "epository not found", "could not be found",
        "does not exist"}) {
    if (!failure.Says(part)) continue;
    return MakeError(ErrorKind::kNotFound, "repository not found",
                     Because(RedactUrl(request.url), failure) +
                         "; servers also say so when the key may not read it",
                     "check the url of source " + request.source);
  }
  return MakeError(ErrorKind::kTransient, "SSH failed", Because(Endpoint(url), failure),
                   "try it by hand: git ls-remote " + RedactUrl(request.url));
}

bool IsBrokenTransfer(const GitFailure& failure) {
  for (const std::string_view part :
       {"early EOF", "unexpected EOF", "unexpected disconnection", "packfile", "indexer", "inflate",
        "zlib", "pack", "pkt", "EOF", "end of file"}) {
    if (failure.Says(part)) return true;
  }
  return failure.error_class == GIT_ERROR_INDEXER || failure.error_class == GIT_ERROR_ZLIB ||
         failure.code == GIT_EEOF;
}

}  // namespace

GitFailure GitFailure::Last(int code) {
  const git_error* error = git_error_last();
  if (error == nullptr || error->message == nullptr) return {code, 0, "no reason given"};
  std::string message = error->message;
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  return {code, error->klass, std::move(message)};
}

bool IsRedirect(const GitFailure& failure) {
  const int status = HttpStatus(failure);
  return (status >= 300 && status < 400) || failure.Says("redirect");
}

Error NoAnswer(const RemoteRequest& request) {
  return MakeError(
      ErrorKind::kTransient, "no answer in time",
      "no answer from " + RedactUrl(request.url) + " within " + FormatDuration(request.timeout),
      "if the repository is very large, raise timeout of source " + request.source);
}

Error RemoteError(const RemoteRequest& request, const ParsedUrl& url, const RemoteNotes& notes,
                  const GitFailure& failure) {
  if (notes.host_key) return *notes.host_key;
  if (notes.credential) return *notes.credential;
  if (notes.deadline_over) return NoAnswer(request);
  if (notes.too_large) {
    return MakeError(ErrorKind::kInvalid, "repository is too large",
                     RedactUrl(request.url) + " needs more than " +
                         std::to_string(request.repository_bytes >> 20) + " MiB",
                     "raise limits.repositorySize, or split the repository");
  }
  if (!notes.foreign_endpoint.empty() || IsRedirect(failure)) {
    return RedirectError(request, url, notes);
  }
  if (notes.credentials_refused || notes.credentials_missing) {
    return CredentialError(request, url, notes);
  }
  if (!notes.connect_problem.empty()) {
    return MakeError(ErrorKind::kTransient, "server cannot be reached",
                     Endpoint(url) + ": " + notes.connect_problem,
                     "check name, port and route from this machine; it is asked again");
  }
  if (const int status = HttpStatus(failure); status != 0) {
    return HttpError(request, url, status, failure);
  }
  if (failure.Says("content-type") || failure.Says("invalid pkt-line") ||
      failure.Says("could not find a Git service")) {
    return MakeError(ErrorKind::kTransient, "server does not answer as Git does",
                     Because(Endpoint(url), failure),
                     "check the url: git ls-remote " + RedactUrl(request.url));
  }
  if (failure.Says("object format") || failure.Says("object-format") ||
      failure.Says("parsing REF pkt-line")) {  // What 1.5 says to names that are no SHA-1.
    return MakeError(
        ErrorKind::kInvalid, "repository uses another object format",
        Because(Endpoint(url), failure) + "; SHA-256 repositories cannot be read, only SHA-1 ones");
  }
  if (failure.code == GIT_ENONFASTFORWARD) {
    return MakeError(ErrorKind::kConflict, "branch has moved", Because(request.ref, failure));
  }
  if (failure.code == GIT_ECERTIFICATE || failure.Says("certificate")) {
    return CertificateError(request, url, failure);
  }
  if (failure.error_class == GIT_ERROR_SSH) return SshError(request, url, failure, notes);
  if (failure.error_class == GIT_ERROR_OS && url.kind != UrlKind::kSsh) {
    return MakeError(ErrorKind::kTransient, "mirror cannot be written", failure.message,
                     "look at the disk that holds it: df -h " + request.mirror);
  }
  if (IsBrokenTransfer(failure)) {
    return MakeError(ErrorKind::kTransient, "transfer broke off", Because(Endpoint(url), failure),
                     "it is asked again; if it lasts, look at the repository on the server: git "
                     "fsck --full");
  }
  return MakeError(ErrorKind::kTransient, "remote operation failed",
                   Because(Endpoint(url), failure),
                   "try it by hand: git ls-remote " + RedactUrl(request.url));
}

}  // namespace gitops

#include "sources/remote_auth.h"

#include <dlfcn.h>
#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/os/read_file.h"
#include "engine/os/unique_fd.h"
#include "sources/base64.h"
#include "sources/git_error.h"
#include "sources/git_handle.h"
#include "sources/ssh_key.h"

namespace gitops {
namespace {

constexpr std::size_t kLargestKey = 64U << 10U;
constexpr std::size_t kLargestKnownHosts = 16U << 20U;

/// The version of the libssh2 that libgit2 uses; "" when it has none. It is asked by name because
/// this project does not link it: only its age matters here.
std::string Libssh2Version() {
  using VersionFunction = const char* (*)(int);
  void* symbol = dlsym(RTLD_DEFAULT, "libssh2_version");
  if (symbol == nullptr) return "";
  const char* version = reinterpret_cast<VersionFunction>(symbol)(0);
  return version == nullptr ? "" : version;
}

std::string ScanHint(const ParsedUrl& url) {
  return "compare with what the server's operator publishes: ssh-keyscan -p " +
         std::to_string(url.EffectivePort()) + " " + url.host + " | ssh-keygen -lf -";
}

}  // namespace

Status CheckDeployKey(const std::string& file, std::string_view text) {
  return CheckUsableKey(file, text, Libssh2Version());
}

Result<RemoteAuth> RemoteAuth::Prepare(const RemoteRequest& request, const ParsedUrl& url,
                                       TrustedCertificates& trusted) {
  RemoteAuth auth(request, url);
  if (url.kind == UrlKind::kHttp && !request.token.empty()) {
    return MakeError(ErrorKind::kInvalid, "credentials over http are refused",
                     request.url + " is not encrypted: anybody on the way could read the token",
                     "use https:// in the url of source " + request.source);
  }
  if (url.kind == UrlKind::kHttps) {
    RETURN_IF_ERROR(trusted.Use(request.ca_file, request.system_ca_file));
  }
  if (url.kind == UrlKind::kSsh) RETURN_IF_ERROR(auth.PrepareSsh());
  return auth;
}

Status RemoteAuth::PrepareSsh() {
  if ((git_libgit2_features() & GIT_FEATURE_SSH) == 0) {
    return MakeError(ErrorKind::kInvalid, "this libgit2 has no SSH", request_->url,
                     "use an https:// url with auth.tokenFile");
  }
  if (request_->ssh_key_file.empty() || request_->known_hosts_file.empty()) {
    const bool key = request_->ssh_key_file.empty();
    return MakeError(
        ErrorKind::kInvalid,
        key ? "SSH key is not configured" : "known_hosts file is not configured",
        "source " + request_->source + " has an SSH url",
        key ? "set auth.sshKeyFile; make one: ssh-keygen -t ed25519 -N '' -f deploy_key"
            : "set auth.knownHostsFile; " + ScanHint(url_));
  }
  Result<std::string> key = ReadSmallFile(request_->ssh_key_file, kLargestKey);
  if (!key) return std::move(key).error().WithContext("auth.sshKeyFile");
  const Status usable = CheckDeployKey(request_->ssh_key_file, *key);
  explicit_bzero(key->data(), key->size());
  if (!usable) return usable.error();
  Result<std::string> known = ReadSmallFile(request_->known_hosts_file, kLargestKnownHosts);
  if (!known) return std::move(known).error().WithContext("auth.knownHostsFile");
  known_keys_ = FindHostKeys(*known, url_.host, url_.EffectivePort());
  RETURN_IF_ERROR(CheckKnownKeyTypes());

  // libgit2 reads $HOME/.ssh/known_hosts itself to ask the server for a key of a type that is
  // known. It gets the lines that matter, in the simple form that it understands. The verdict is
  // ours.
  std::error_code error;
  const std::string directory = FetchHome(request_->mirror) + "/.ssh";
  std::filesystem::create_directories(directory, error);
  std::ofstream file(directory + "/known_hosts", std::ios::trunc);
  const std::string name = KnownHostName(url_.host, url_.EffectivePort());
  for (const HostKey& host_key : known_keys_.keys) {
    file << name << ' ' << host_key.type << ' ' << Base64Padded(host_key.blob) << '\n';
  }
  file.close();
  return {};
}

Status RemoteAuth::CheckKnownKeyTypes() const {
  bool only_rsa = !known_keys_.keys.empty();
  for (const HostKey& key : known_keys_.keys) only_rsa = only_rsa && key.type == "ssh-rsa";
  if (!only_rsa || !UsesSha1ForRsa(Libssh2Version())) return {};
  return MakeError(ErrorKind::kInvalid, "RSA host keys do not work with this libssh2",
                   request_->known_hosts_file + " has only an RSA key of " +
                       KnownHostName(url_.host, url_.EffectivePort()) + ", and libssh2 " +
                       Libssh2Version() + " uses it with SHA-1, which servers refuse",
                   "add the server's ed25519 key: ssh-keyscan -t ed25519 -p " +
                       std::to_string(url_.EffectivePort()) + " " + url_.host);
}

int RemoteAuth::GiveCredential(git_credential** out, const char* url, unsigned int allowed,
                               RemoteNotes& notes) {
  const Result<ParsedUrl> asked = CheckSourceUrl(url == nullptr ? "" : url);
  if (!asked || asked->host != url_.host || asked->kind != url_.kind ||
      asked->EffectivePort() != url_.EffectivePort()) {
    notes.foreign_endpoint = asked ? asked->host : "another address";
    git_error_set_str(GIT_ERROR_NET, "credentials are for the configured host only");
    return GIT_EAUTH;
  }
  const bool ssh = url_.kind == UrlKind::kSsh;
  const std::string user = !url_.user.empty()            ? url_.user
                           : !request_->username.empty() ? request_->username
                                                         : "git";
  if (ssh && (allowed & GIT_CREDENTIAL_USERNAME) != 0) {
    return git_credential_username_new(out, user.c_str());
  }
  if (!ssh && request_->token.empty()) {
    notes.credentials_missing = true;
    git_error_set_str(GIT_ERROR_HTTP, "credentials are needed");
    return GIT_EAUTH;
  }
  if (given_++ > 0) {
    notes.credentials_refused = true;
    git_error_set_str(GIT_ERROR_HTTP, "credentials were refused");
    return GIT_EAUTH;
  }
  if (ssh && (allowed & GIT_CREDENTIAL_SSH_KEY) != 0) {
    notes.credentials_sent = true;
    return git_credential_ssh_key_new(out, user.c_str(), nullptr, request_->ssh_key_file.c_str(),
                                      nullptr);
  }
  if (!ssh && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0) {
    notes.credentials_sent = true;
    const std::string token(request_->token.Reveal());
    return git_credential_userpass_plaintext_new(out, user.c_str(), token.c_str());
  }
  notes.credential = MakeError(
      ErrorKind::kInvalid, "server wants another kind of credential",
      url_.host + (ssh ? " does not accept keys for user " + user : " does not accept tokens"));
  git_error_set_str(GIT_ERROR_NET, "no credential of that kind");
  return GIT_EAUTH;
}

int RemoteAuth::CheckCertificate(git_cert* cert, bool valid, const char* host,
                                 RemoteNotes& notes) const {
  if (cert == nullptr || cert->cert_type != GIT_CERT_HOSTKEY_LIBSSH2) {
    if (valid) return 0;
    return GIT_ECERTIFICATE;  // The reason is libgit2's last message already.
  }
  const auto* key = reinterpret_cast<const git_cert_hostkey*>(cert);
  if ((key->type & GIT_CERT_SSH_RAW) == 0 || key->hostkey == nullptr) {
    notes.host_key = MakeError(ErrorKind::kInvalid, "SSH host key cannot be checked",
                               std::string(host) + " gave no key");
    return GIT_ECERTIFICATE;
  }
  const std::string_view blob(key->hostkey, key->hostkey_len);
  const HostKeyVerdict verdict = JudgeHostKey(known_keys_, blob);
  if (verdict == HostKeyVerdict::kKnown) return 0;
  notes.host_key = HostKeyError(verdict, blob);
  git_error_set_str(GIT_ERROR_SSH, "host key was not accepted");
  return GIT_ECERTIFICATE;
}

Error RemoteAuth::HostKeyError(HostKeyVerdict verdict, std::string_view blob) const {
  const std::string name = KnownHostName(url_.host, url_.EffectivePort());
  const std::string presented = KeyTypeOf(blob) + " " + Fingerprint(blob);
  if (verdict == HostKeyVerdict::kUnknown) {
    return MakeError(
        ErrorKind::kInvalid, "SSH host key is not known",
        name + " presented " + presented + "; " + request_->known_hosts_file + " has no key of it",
        ScanHint(url_) + "; if it matches, add the key to " + request_->known_hosts_file);
  }
  if (verdict == HostKeyVerdict::kRevoked) {
    return MakeError(ErrorKind::kInvalid, "SSH host key is revoked",
                     name + " presented " + presented + ", which " + request_->known_hosts_file +
                         " marks @revoked");
  }
  std::string expected;
  for (const HostKey& key : known_keys_.keys) {
    if (!expected.empty()) expected += ", ";
    expected += key.type + " " + Fingerprint(key.blob);
  }
  return MakeError(
      ErrorKind::kInvalid, "SSH host key has changed",
      name + " presented " + presented + ", but " + request_->known_hosts_file + " has " +
          expected + ": the server was set up anew, or somebody is in between",
      ScanHint(url_) + "; if it matches, replace the key in " + request_->known_hosts_file);
}

}  // namespace gitops

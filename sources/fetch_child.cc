#include "sources/fetch_child.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "engine/base/redactor.h"
#include "engine/os/nursery.h"
#include "engine/os/read_file.h"
#include "sources/git_library.h"
#include "sources/git_repository.h"
#include "sources/pack_consolidation.h"
#include "sources/remote_error.h"
#include "sources/remote_session.h"
#include "sources/source_url.h"
#include "sources/tls_random.h"
#include "sources/trusted_certificates.h"

namespace gitops {
namespace {

constexpr std::size_t kLargestMessage = std::size_t{1} << 20U;
/// The child watches the deadline itself and says more about it; this is for when it cannot.
constexpr std::chrono::milliseconds kAfterDeadline{500};
constexpr std::chrono::milliseconds kGrace{200};
/// By which a nursery learns what the next child will trust. No secrets.
constexpr const char* kCaFile = "TFGRID_COMPOSE_FETCH_CA_FILE";
constexpr const char* kSystemCaFile = "TFGRID_COMPOSE_FETCH_SYSTEM_CA_FILE";

/// What a child of a nursery finds done.
struct Prepared {
  std::optional<GitLibrary> library;
  TrustedCertificates trusted;
};

Result<RemoteResponse> Serve(const RemoteRequest& request, Prepared& prepared) {
  // For ssh, libgit2 looks into the home directory that it saw when it was started.
  const auto url = CheckSourceUrl(request.url);
  if (url && url->kind == UrlKind::kSsh) prepared.library.reset();
  ASSIGN_OR_RETURN(const GitLibrary library, GitLibrary::Start());
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> mirror,
                   GitRepository::Open(request.mirror, nullptr));
  if (request.operation == RemoteOperation::kFetch) {
    return FetchFromRemote(request, *mirror, prepared.trusted);
  }
  if (request.operation == RemoteOperation::kPush) {
    return PushToRemote(request, *mirror, prepared.trusted);
  }
  RETURN_IF_ERROR(Consolidate(*mirror));
  return RemoteResponse{};
}

Result<RemoteResponse> ReadAndServe(int in, Prepared& prepared) {
  ASSIGN_OR_RETURN(const std::string text, ReadAll(in, "standard input", kLargestMessage));
  ASSIGN_OR_RETURN(const RemoteRequest request, DecodeRequest(text));
  return Serve(request, prepared);
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Error Redacted(Error error, const Redactor& redactor) {
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.detail = redactor.Redact(diagnostic.detail);
    diagnostic.hint = redactor.Redact(diagnostic.hint);
  }
  return error;
}

/// The child ended without a response that can be used.
Error Died(const RemoteRequest& request, const ProcessResult& result) {
  if (result.signal == SIGXFSZ) {
    return MakeError(ErrorKind::kInvalid, "repository is too large",
                     RedactUrl(request.url) + " needs a file of more than " +
                         std::to_string(request.repository_bytes >> 20) + " MiB",
                     "raise limits.repositorySize, or split the repository");
  }
  std::string said = result.error_output.substr(0, 500);
  return MakeError(ErrorKind::kTransient, "fetch process failed",
                   result.Describe() + (said.empty() ? "" : ": " + said));
}

}  // namespace

int RunFetchChild(int in, int out) {
  Prepared prepared;
  const auto serve = [&](int from, int to) {
    return WriteAll(to, EncodeResponse(ReadAndServe(from, prepared)) + "\n") ? 0 : 1;
  };
  if (!IsNurseryConnection(in)) return serve(in, out);
#if defined(__SANITIZE_THREAD__)
  return 1;  // Its runtime has locks and a thread that a copy would lack.
#endif
  if (!TlsRandomSurvivesForks()) return 1;  // The engine starts a program each time, then.
  if (auto library = GitLibrary::Start()) prepared.library.emplace(*std::move(library));
  NurseryWork work;
  work.prepare = [&](const ProcessSpec& spec) {
    const auto own = spec.environment.find(kCaFile);
    const auto system = spec.environment.find(kSystemCaFile);
    if (own == spec.environment.end() || system == spec.environment.end()) return;
    // What is wrong with them, the child finds again and says.
    (void)prepared.trusted.Use(own->second, system->second).has_value();
  };
  work.work = [&] { return serve(STDIN_FILENO, STDOUT_FILENO); };
  return ServeNursery(work);
}

ProcessSpec FetchNursery(const std::string& self) {
  ProcessSpec spec;
  spec.argv = {self, kFetchCommand};
  spec.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}};
  return spec;
}

Result<RemoteResponse> FetchRunner::Run(const RemoteRequest& request, std::stop_token stop) {
  if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "fetch was stopped");
  ProcessSpec spec;
  spec.argv = {self_, kFetchCommand};
  spec.environment = {
      {"PATH", "/usr/bin:/bin"}, {"HOME", FetchHome(request.mirror)}, {"LC_ALL", "C"}};
  if (request.url.starts_with("https:")) {
    spec.environment.emplace(kCaFile, request.ca_file);
    spec.environment.emplace(kSystemCaFile, request.system_ca_file);
  }
  spec.input = EncodeRequest(request);
  spec.timeout = request.timeout + kAfterDeadline;
  spec.grace = kGrace;
  spec.output_limit = kLargestMessage;
  spec.memory_limit_bytes = memory_bytes_;
  spec.file_size_limit_bytes = request.repository_bytes;
  spec.umask = 077;
  const Redactor redactor({request.token});
  Result<ProcessResult> result = runner_.Run(spec, std::move(stop));
  explicit_bzero(spec.input.data(), spec.input.size());
  if (!result) return Redacted(std::move(result).error(), redactor);
  if (result->cancelled) return MakeError(ErrorKind::kCancelled, "fetch was stopped");
  if (result->timed_out) return NoAnswer(request);
  if (!result->Succeeded()) return Redacted(Died(request, *result), redactor);
  Result<RemoteResponse> response = DecodeResponse(result->output);
  if (!response) return Redacted(std::move(response).error(), redactor);
  return response;
}

}  // namespace gitops

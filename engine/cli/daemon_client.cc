#include "engine/cli/daemon_client.h"

#include <utility>

#include "engine/cli/loopback_token.h"
#include "engine/os/file_lock.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

/// A daemon that starts takes stock before it listens.
constexpr milliseconds kStartPatience{15'000};
constexpr milliseconds kStartStep{100};
constexpr int kWaitSeconds = 20;
/// More than the daemon takes for an answer, whatever it does meanwhile.
constexpr milliseconds kAnswerPatience{120'000};
/// An answer that got lost while the daemon is there is asked for again.
constexpr int kMostRetries = 5;
constexpr milliseconds kRetryPause{500};
constexpr std::size_t kLargestAnswer = std::size_t{512} * 1024 * 1024;

Error Interrupted(const OperationAnswer& begun) {
  return MakeError(ErrorKind::kCancelled, "interrupted",
                   "the daemon goes on with operation " + std::to_string(begun.id),
                   "see where things are: tfgrid-compose status");
}

Error TooLarge() {
  return MakeError(ErrorKind::kInvalid, "the daemon's answer is too large",
                   "it has more than " + std::to_string(kLargestAnswer >> 20) + " MiB",
                   "ask for a part: tfgrid-compose reconcile --source NAME");
}

}  // namespace

Result<DaemonAddress> DaemonClient::Await(const std::stop_token& stop) {
  for (milliseconds waited{0}; waited < kStartPatience; waited += kStartStep) {
    const auto holder = FileLock::HolderOf(parts_.lock);
    if (!holder) break;
    ASSIGN_OR_RETURN(auto address, ReadDaemonAddress(parts_.config, holder->pid));
    if (address) return *std::move(address);
    if (!parts_.sleeper.Sleep(kStartStep, stop)) {
      return MakeError(ErrorKind::kCancelled, "interrupted", "nothing was asked for yet");
    }
  }
  const auto holder = FileLock::HolderOf(parts_.lock);
  if (!holder) {
    return MakeError(ErrorKind::kConflict, "the daemon has just ended", "nothing was asked for yet",
                     "run the command again");
  }
  return MakeError(ErrorKind::kTransient, "the daemon does not listen",
                   "process " + std::to_string(holder->pid) + " (" + holder->command +
                       ") holds the state, but is not ready for commands: it starts or ends",
                   "run the command again in a moment; its log tells more");
}

Status DaemonClient::Check(const DaemonAddress& address) const {
  if (address.protocol != kCommandProtocol) {
    return MakeError(ErrorKind::kConflict, "the daemon is of another version",
                     "it is " + address.version + " and this command " + parts_.version +
                         ", and they do not understand each other",
                     "restart the daemon with this version: systemctl restart tfgrid-compose");
  }
  const std::string mine = ConfigurationName(parts_.config);
  if (address.configuration == mine) return {};
  const auto shown = [](const std::string& name) {
    return name.empty() ? std::string("none") : "\"" + name + "\"";
  };
  return MakeError(
      ErrorKind::kConflict, "the daemon works with another configuration",
      "it reads " + shown(address.configuration) + ", this command read " + shown(mine),
      address.configuration.empty()
          ? "end the daemon first, or start it with that configuration"
          : "ask with the daemon's: add --config " + address.configuration);
}

Status DaemonClient::Find(const std::stop_token& stop) {
  if (address_) return {};
  ASSIGN_OR_RETURN(DaemonAddress address, Await(stop));
  RETURN_IF_ERROR(Check(address));
  auto token = ReadLoopbackToken(parts_.config);
  if (!token) return std::move(token).error();
  token_ = *std::move(token);
  address_ = std::move(address);
  return {};
}

bool DaemonClient::IsThere() const {
  const auto holder = FileLock::HolderOf(parts_.lock);
  return holder && address_ && holder->pid == address_->pid;
}

Result<WebResponse> DaemonClient::Send(const std::string& method, const std::string& path,
                                       const std::string& body, std::stop_token stop) {
  WebRequest request;
  request.method = method;
  request.url = Secret(address_->url + "/api/v1/" + path);
  request.headers.emplace_back("Authorization", Secret("Bearer " + std::string(token_.Reveal())));
  request.headers.emplace_back("X-Tfgrid-User", Secret(parts_.user));
  if (!body.empty()) request.headers.emplace_back("Content-Type", Secret("application/json"));
  request.body = body;
  request.timeout = kAnswerPatience;
  request.body_limit = kLargestAnswer;
  request.loopback = true;
  request.any_certificate = true;
  ASSIGN_OR_RETURN(WebResponse response, parts_.web.Send(request, std::move(stop)));
  if (response.truncated) return TooLarge();
  return response;
}

Result<std::string> DaemonClient::Post(const std::string& path, const std::string& body,
                                       std::stop_token stop) {
  RETURN_IF_ERROR(Find(stop));
  auto response = Send("POST", path, body, stop);
  if (!response && response.error().kind == ErrorKind::kTransient) {
    return MakeError(
        ErrorKind::kUnknownOutcome, "the daemon did not answer",
        response.error().primary().detail + "; whether it took the request is not known",
        "see what it does: tfgrid-compose status, tfgrid-compose events");
  }
  if (!response && response.error().kind == ErrorKind::kCancelled) {
    return MakeError(ErrorKind::kCancelled, "interrupted",
                     "whether the daemon took the request is not known",
                     "see what it does: tfgrid-compose status, tfgrid-compose events");
  }
  if (!response) return std::move(response).error();
  if (response->status >= 300) return ReadProblem(response->status, response->body);
  return std::move(response->body);
}

Error DaemonClient::Gone(const OperationAnswer& begun) const {
  return MakeError(
      ErrorKind::kUnknownOutcome, "the daemon went away",
      "process " + std::to_string(address_->pid) + " ended while operation " +
          std::to_string(begun.id) + " was " + begun.state +
          "; a daemon that starts again takes it up where that is safe, or says why not",
      "see where things are: tfgrid-compose status; what a run did: tfgrid-compose logs APP");
}

Result<OperationAnswer> DaemonClient::AskFor(const OperationAnswer& begun, std::uint64_t after,
                                             const AppViewer& view, const std::stop_token& stop) {
  const std::string path = "operations/" + std::to_string(begun.id) +
                           "?wait=" + std::to_string(kWaitSeconds) +
                           "&after=" + std::to_string(after);
  for (int failures = 0;; ++failures) {
    auto response = Send("GET", path, "", stop);
    if (stop.stop_requested()) return Interrupted(begun);
    if (response && response->status == 200) {
      ASSIGN_OR_RETURN(OperationAnswer answer, ReadOperation(response->body, view));
      // Another daemon may have started meanwhile, whose operations have the same numbers.
      if (answer.id != begun.id || answer.asked_at != begun.asked_at) return Gone(begun);
      return answer;
    }
    if (response && response->status == 404) return Gone(begun);
    const bool lost = !response && response.error().kind == ErrorKind::kTransient;
    const bool busy = response && response->status >= 500;
    if (!lost && !busy) {
      return response ? ReadProblem(response->status, response->body) : response.error();
    }
    if (!IsThere()) return Gone(begun);
    if (failures >= kMostRetries) {
      return response ? ReadProblem(response->status, response->body) : response.error();
    }
    parts_.sleeper.Sleep(kRetryPause, stop);
  }
}

Result<OperationAnswer> DaemonClient::Carry(const std::string& path, const std::string& body,
                                            const AppViewer& view,
                                            const std::function<void(const Progress&)>& progress,
                                            std::stop_token stop) {
  ASSIGN_OR_RETURN(const std::string accepted, Post(path, body, stop));
  ASSIGN_OR_RETURN(const OperationAnswer begun, ReadOperation(accepted, {}));
  std::uint64_t after = 0;
  while (true) {
    ASSIGN_OR_RETURN(OperationAnswer answer, AskFor(begun, after, view, stop));
    for (const auto& [number, line] : answer.progress) {
      after = std::max(after, number);
      if (progress) progress(line);
    }
    if (answer.IsOver()) return answer;
  }
}

}  // namespace gitops

// DaemonClient: asks the daemon that holds the state of this machine, over loopback, with the token
// that only the state's owner reads. docs/decisions/0026-commands-ask-the-daemon.md says how. Used
// by one thread.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/cli/daemon_address.h"
#include "engine/cli/daemon_answers.h"
#include "engine/model/config.h"
#include "engine/os/sleeper.h"
#include "engine/os/web_client.h"

namespace gitops {

/// All of it outlives the client.
struct DaemonClientParts {
  const Config& config;
  std::string lock;  ///< The file that the daemon holds.
  std::string user;  ///< Who asks.
  WebClient& web;
  Sleeper& sleeper;
  std::string version;  ///< Of this program.
};

class DaemonClient {
 public:
  explicit DaemonClient(DaemonClientParts parts) : parts_(std::move(parts)) {}

  /// Sends a request that is answered at once; `path` is below /api/v1. Errors: what Find says, and
  /// what the daemon refuses; kUnknownOutcome (it went away before it answered), kCancelled.
  Result<std::string> Post(const std::string& path, const std::string& body, std::stop_token stop);

  /// Sends a request that is carried out by and by, and waits for its end. `progress` hears what it
  /// does meanwhile. Errors: as Post's; what became of the request itself is in the answer.
  Result<OperationAnswer> Carry(const std::string& path, const std::string& body,
                                const AppViewer& view,
                                const std::function<void(const Progress&)>& progress,
                                std::stop_token stop);

 private:
  /// Finds the daemon; waits a while for one that is just starting. Errors: kConflict (none is
  /// there any more; it reads another configuration; it is of another version), kTransient (it does
  /// not listen), kInvalid (its files cannot be read), kCancelled.
  Status Find(const std::stop_token& stop);
  Result<DaemonAddress> Await(const std::stop_token& stop);
  Status Check(const DaemonAddress& address) const;
  /// The lock still has the same holder.
  bool IsThere() const;
  Result<WebResponse> Send(const std::string& method, const std::string& path,
                           const std::string& body, std::stop_token stop);
  Result<OperationAnswer> AskFor(const OperationAnswer& begun, std::uint64_t after,
                                 const AppViewer& view, const std::stop_token& stop);
  Error Gone(const OperationAnswer& begun) const;

  const DaemonClientParts parts_;
  std::optional<DaemonAddress> address_;
  Secret token_;
};

}  // namespace gitops

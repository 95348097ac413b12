// DaemonSetup: a daemon with everything it is put together from: the state, generations of the
// engine, the HTTP server with its routes, the service manager. What it is made from outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/cli/api_setup.h"
#include "engine/cli/daemon_address.h"
#include "engine/cli/daemon_log.h"
#include "engine/cli/daemon_reporting.h"
#include "engine/cli/daemon_webhooks.h"
#include "engine/cli/engine_setup.h"
#include "engine/os/service_notice.h"
#include "engine/reconcile/config_reader.h"
#include "engine/reconcile/daemon.h"
#include "engine/reconcile/serial_mirror.h"
#include "engine/server/http_front.h"
#include "engine/server/progress_book.h"

namespace gitops {

struct DaemonRequest {
  SetupRequest setup;    ///< With kWrite; of the first configuration.
  ConfigRequest config;  ///< Where the configuration is read again.
  std::function<std::uint64_t()> reloads_asked;
  std::function<void(const LogSpec&)> follow_log;  ///< Writes the log so from now on.
  ServiceNotice notice;
};

class DaemonSetup {
 public:
  /// Takes the state lock, opens the state, makes the daemon and listens. Errors: kConflict (the
  /// state is held by another process, the address is in use), and those of configuration, key,
  /// store and server.
  static Result<std::unique_ptr<DaemonSetup>> Make(DaemonRequest request);

  /// Whoever tells outside asks the daemon for its configuration: they go first.
  ~DaemonSetup() { reporting_.Stop(); }

  /// Serves until a stop is requested, and ends in good order.
  void Run(std::stop_token stop);

  DaemonControl& control() { return *daemon_; }
  /// The ports that are listened on.
  const std::vector<std::uint16_t>& ports() const { return front_->ports(); }

 private:
  DaemonSetup(DaemonRequest request, std::unique_ptr<EngineSetup> state)
      : request_(std::move(request)),
        state_(std::move(state)),
        mirror_(state_->mirror()),
        run_requests_(state_->deliveries()),
        log_(request_.setup.log, run_requests_),
        reporting_(ReportingPartsOf(request_.setup, *state_)),
        webhooks_(state_->deliveries(), reporting_.observer(), request_.setup.clock,
                  request_.setup.log,
                  [this](const std::string& source) { daemon_->Wake(source); }) {}

  static ReportingParts ReportingPartsOf(const SetupRequest& request, EngineSetup& state);
  Result<std::shared_ptr<Generation>> Load(const GenerationRequest& request);
  DaemonParts Parts();
  Status StartServer();
  Status Publish();

  const DaemonRequest request_;
  const std::unique_ptr<EngineSetup> state_;
  SerialMirror mirror_;  ///< One for all generations: each of them would only know its own calls.
  RunRequests run_requests_;
  DaemonLog log_;
  ProgressBook progress_;
  DaemonReporting reporting_;  ///< Its stores are what the daemon works on.
  std::unique_ptr<Daemon> daemon_;
  DaemonWebhooks webhooks_;           ///< Its threads wake the daemon.
  FailureLimiter failures_;           ///< Of tokens.
  std::unique_ptr<ApiSetup> api_;     ///< Asks the daemon.
  std::unique_ptr<HttpFront> front_;  ///< After what its routes use.
  std::optional<PublishedAddress> published_;
};

}  // namespace gitops

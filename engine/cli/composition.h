// Composition: the real Services. Puts the program together, piece by piece, when a command asks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/work_counters.h"
#include "engine/cli/access_setup.h"
#include "engine/cli/blank_engine.h"
#include "engine/cli/daemon_engine.h"
#include "engine/cli/engine_setup.h"
#include "engine/cli/host_environment.h"
#include "engine/cli/screen.h"
#include "engine/cli/services.h"
#include "engine/os/curl_client.h"
#include "engine/os/posix_process.h"
#include "engine/os/scratch_directory.h"
#include "engine/os/system_clock.h"
#include "engine/os/system_random.h"
#include "engine/reconcile/config_reader.h"

namespace gitops {

class Composition : public Services {
 public:
  /// All of it outlives the composition. `warden` may be null for commands that run no hooks;
  /// `reloads_asked`: DaemonParts.
  Composition(const HostEnvironment& host, const Arguments& arguments, Screen& screen,
              WorkCounters& counters, const Warden* warden,
              std::function<std::uint64_t()> reloads_asked = {});

  Result<const Config*> GetConfig() override;
  Result<Engine*> OpenEngine(Access access) override;
  DeliveryStore* deliveries() override { return setup_ ? &setup_->deliveries() : nullptr; }
  Result<AccessStores*> OpenAccess(Access access) override;
  Status CancelRun(RunId run) override;
  Result<WebhookAnswer> ProbeWebhook(const SourceSpec& source) override;
  Result<std::vector<PatternListing>> ListPatterns() override;
  Result<ValidationReport> Validate(const std::vector<std::string>& paths,
                                    std::stop_token stop) override;
  Status CheckAppDirectory(const std::string& path) override;
  DoctorReport Examine(std::stop_token stop) override;
  Status Backup(const std::string& file) override;
  Result<std::string> Restore(const std::string& file) override;
  Result<bool> HasState() override;
  Status Serve(std::stop_token stop) override;
  bool IsStateInUse() override;
  std::string user() const override { return host_.user; }
  const Clock& clock() const override { return clock_; }
  Sleeper& sleeper() override { return sleeper_; }
  std::string working_directory() const override { return host_.working_directory; }
  std::optional<bool> Confirm(std::string_view question, std::stop_token stop) override;

 private:
  ValidatedFile CheckConfigurationFile(const std::string& path) const;
  SetupRequest MakeSetupRequest(const Config& config, Access access);
  /// Of a state that a daemon holds.
  Result<Engine*> OpenDaemonEngine(const Config& config);
  DaemonClientParts ClientParts(const Config& config);
  void FollowLog(const LogSpec& spec);
  /// The configuration with all state in a directory that is removed at the end.
  Result<const Config*> ScratchConfig();
  Result<std::vector<PatternPlace>> PatternPlaces();

  const HostEnvironment& host_;
  const Arguments& arguments_;
  Screen& screen_;
  WorkCounters& counters_;
  const std::function<std::uint64_t()> reloads_asked_;
  SystemClock clock_;
  SystemSleeper sleeper_;
  SystemRandom random_;
  PosixProcessRunner runner_;
  Log log_;
  std::optional<ConfigReading> config_;
  std::optional<ScratchDirectory> scratch_;  ///< Before the engine that works in it.
  Config scratch_config_;
  std::unique_ptr<EngineSetup> setup_;
  std::unique_ptr<BlankEngine> blank_;
  std::unique_ptr<CurlClient> web_;
  std::unique_ptr<DaemonEngine> daemon_;  ///< After the engine that it reads with.
  std::unique_ptr<AccessSetup> access_;
};

}  // namespace gitops

// Services: what commands need of the rest of the program. The composition root makes the real
// ones, each when it is first asked for, so that a command opens no more than it uses; tests bring
// fakes. Used by one thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/cli/doctor.h"
#include "engine/cli/validation.h"
#include "engine/cli/webhook_probe.h"
#include "engine/model/config.h"
#include "engine/os/sleeper.h"
#include "engine/pattern/catalog.h"
#include "engine/reconcile/engine.h"
#include "engine/store/audit_store.h"
#include "engine/store/delivery_store.h"
#include "engine/store/token_store.h"

namespace gitops {

/// What a command wants of the state.
enum class Access {
  kRead,    ///< Look: no lock, also while another process works. Makes nothing.
  kWrite,   ///< Change: takes the state lock, and makes a state where there is none. Errors:
            ///< kConflict names the lock's holder.
  kAdjust,  ///< Change what is there: as kWrite, but makes nothing on a machine without a state.
  kDryRun,  ///< Only plan: as kWrite, but on a machine without a state in a scratch directory that
            ///< goes with the engine.
};

/// What is written without the state's lease: docs/decisions/0016-access-needs-no-lease.md.
struct AccessStores {
  TokenStore& tokens;
  AuditStore& audit;
};

class Services {
 public:
  virtual ~Services() = default;

  /// The configuration; its warnings are shown once.
  virtual Result<const Config*> GetConfig() = 0;
  /// The engine. With kRead, methods that change something fail. Errors: as of the lock, the
  /// database and the configuration.
  virtual Result<Engine*> OpenEngine(Access access) = 0;

  /// Webhook deliveries and what they caused. Null when there is no state. REQUIRES: OpenEngine was
  /// called.
  virtual DeliveryStore* deliveries() = 0;

  /// Tokens and audit, while another process works, too. With kRead null when there is no state;
  /// with kWrite it makes one. Errors: as OpenEngine's, but no kConflict of the lock.
  virtual Result<AccessStores*> OpenAccess(Access access) = 0;

  /// Has the daemon interrupt a run and suspend its app; returns when that is noted. Errors:
  /// kConflict (no daemon is at work, the run is over), and as DaemonClient::Post's.
  virtual Status CancelRun(RunId run) = 0;

  /// Sends a signed ping to the webhook of a running daemon. Errors: as ProbeWebhook's, and when
  /// the secret cannot be read. REQUIRES: the source has a webhook with a secret.
  virtual Result<WebhookAnswer> ProbeWebhook(const SourceSpec& source) = 0;

  /// The patterns of the configured directories.
  virtual Result<std::vector<PatternListing>> ListPatterns() = 0;
  /// Checks manifests: files, or directories that are searched for them. `stop` ends a long search.
  virtual Result<ValidationReport> Validate(const std::vector<std::string>& paths,
                                            std::stop_token stop) = 0;
  /// Whether `up` can mean `path`; asked before a state is made for it. Errors: as
  /// FindAppDirectory.
  virtual Status CheckAppDirectory(const std::string& path) = 0;
  virtual DoctorReport Examine(std::stop_token stop) = 0;

  /// Writes a copy of the state's database to a new file.
  virtual Status Backup(const std::string& file) = 0;
  /// Puts a backup in the place of the database; returns where the replaced one is kept, "" when
  /// there was none.
  virtual Result<std::string> Restore(const std::string& file) = 0;
  /// True when there is a database that a restore would replace.
  virtual Result<bool> HasState() = 0;

  /// The daemon; returns when it has ended after a stop was requested. Errors: as OpenEngine's, and
  /// those of its server.
  virtual Status Serve(std::stop_token stop) = 0;

  /// True while some process works on the state: a run that is not finished is under way then.
  virtual bool IsStateInUse() = 0;

  /// Who asks, as the audit names them.
  virtual std::string user() const = 0;
  virtual const Clock& clock() const = 0;
  virtual Sleeper& sleeper() = 0;
  /// Where relative paths of the command line start.
  virtual std::string working_directory() const = 0;
  /// Asks a person; nullopt when there is no terminal to ask on. False when a stop is requested.
  virtual std::optional<bool> Confirm(std::string_view question, std::stop_token stop) = 0;
};

}  // namespace gitops

// AccessSetup: tokens and audit of a state, opened beside whoever works on it. What it is made from
// outlives it.
#pragma once

#include <memory>

#include "engine/cli/engine_setup.h"
#include "engine/cli/services.h"

namespace gitops {

class AccessSetup {
 public:
  /// Opens what is there. Where nobody works on the state and `request.access` is kWrite, it holds
  /// the state lock as long as it lives, and makes or migrates the state before. Errors: kNotFound
  /// (kRead and no database), and what key and database report.
  static Result<std::unique_ptr<AccessSetup>> Open(const SetupRequest& request);

  AccessStores& stores() { return stores_; }

 private:
  AccessSetup(std::unique_ptr<EngineSetup> engine, const std::shared_ptr<AccessDatabase>& database)
      : engine_(std::move(engine)), tokens_(database), audit_(database) {}

  std::unique_ptr<EngineSetup> engine_;  ///< Holds the lock; null while another process does.
  TokenStore tokens_;
  AuditStore audit_;
  AccessStores stores_{tokens_, audit_};
};

}  // namespace gitops

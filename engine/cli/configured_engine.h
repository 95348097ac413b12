// ConfiguredEngine: what an engine needs that depends on the configuration: drivers, the shell of
// hosts, secrets. Others make an engine from its parts. What it is made from outlives it.
#pragma once

#include "engine/base/secret.h"
#include "engine/cli/engine_setup.h"
#include "engine/drivers/driver.h"
#include "engine/drivers/host_shell.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/secret_reader.h"

namespace gitops {

class ConfiguredEngine {
 public:
  /// Copies the request's configuration; the rest of the request is only borrowed. `key`: of the
  /// state.
  ConfiguredEngine(const SetupRequest& request, Store& store, DriftStore& drift, GitMirror& mirror,
                   const Secret& key);

  const Config& config() const { return config_; }
  /// They refer to this object.
  const EngineParts& parts() const { return parts_; }

 private:
  const Config config_;
  DriverRegistry drivers_;
  SystemSecretReader secrets_;
  LocalHostShell hosts_;
  const EngineParts parts_;
};

}  // namespace gitops

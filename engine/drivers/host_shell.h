// HostShell: runs a program on an app's host with the standard streams of the caller, for `exec`
// and `run`. Stateless, thread-safe.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/drivers/local_options.h"
#include "engine/model/app_id.h"
#include "engine/model/app_variables.h"
#include "engine/model/revision.h"

namespace gitops {

struct HostShellRequest {
  const AppId& app;
  const Revision& revision;        ///< Applied; for TFGRID_REVISION.
  const std::string& app_version;  ///< For APP_VERSION.
  const AppVariables& variables;
  std::vector<std::string> argv;
};

class HostShell {
 public:
  virtual ~HostShell() = default;

  /// Returns the exit code: 128 + signal when one ended the program. Errors: kNotFound (the app has
  /// no host; no such program), kInvalid, kCancelled.
  virtual Result<int> Run(const HostShellRequest& request, std::stop_token stop) = 0;
};

/// On this machine, in the app's deployment directory, with the environment of its hooks.
class LocalHostShell : public HostShell {
 public:
  explicit LocalHostShell(const LocalOptions& options) : options_(options) {}

  Result<int> Run(const HostShellRequest& request, std::stop_token stop) override;

 private:
  LocalOptions options_;
};

}  // namespace gitops

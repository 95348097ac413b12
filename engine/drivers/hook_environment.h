// HookEnvironment: the complete environment of what runs on a `local` host: hooks, probe commands,
// `exec` and `run`. Nothing of the engine's own environment gets in.
#pragma once

#include <map>
#include <string>

#include "engine/drivers/app_directories.h"
#include "engine/model/app_variables.h"
#include "engine/model/revision.h"

namespace gitops {

struct HookEnvironmentRequest {
  const AppId& app;
  const AppDirectories& directories;
  const Revision& revision;
  const std::string& app_version;
  const AppVariables& variables;
  const std::string& user;  ///< Whom the programs run as.
  std::string hook;         ///< "setup", …; "" outside hooks.
  std::string primary_ip = "127.0.0.1";
};

/// The variables of the contract in docs/local-provider.md and the declared ones. Where names
/// collide the contract wins; declared names that change how programs are loaded or shells start
/// (LD_*, BASH_ENV, ENV, IFS, …) are left out.
std::map<std::string, std::string> HookEnvironment(const HookEnvironmentRequest& request);

/// The user this process runs as; "root" when the system does not know its name.
std::string CurrentUserName();

}  // namespace gitops

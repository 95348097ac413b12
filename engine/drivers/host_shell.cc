#include "engine/drivers/host_shell.h"

#include <unistd.h>

#include <cstdlib>

#include "engine/drivers/app_confinement.h"
#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_user.h"
#include "engine/drivers/hook_environment.h"

namespace gitops {
namespace {

/// A program in the hands of a person needs to know the terminal it draws on.
std::string TerminalType() {
  const char* type = isatty(STDIN_FILENO) == 1 ? std::getenv("TERM") : nullptr;
  return type == nullptr ? "dumb" : type;
}

}  // namespace

Result<int> LocalHostShell::Run(const HostShellRequest& request, std::stop_token stop) {
  const AppDirectories directories(options_.state_dir, request.app);
  if (access(directories.deployment.c_str(), X_OK) != 0) {
    return MakeError(ErrorKind::kNotFound, "the app has no host here",
                     request.app.ToString() + " was not brought up on this machine",
                     "tfgrid-compose reconcile " + request.app.name);
  }
  ProcessSpec spec;
  spec.argv = request.argv;
  ASSIGN_OR_RETURN(const AppUser user, KnownAppUser(options_, request.app));
  spec.environment = HookEnvironment({request.app, directories, request.revision,
                                      request.app_version, request.variables, user.name, ""});
  spec.environment["TERM"] = TerminalType();
  spec.working_directory = directories.deployment;
  spec.interactive = true;
  Confine(spec, options_, request.app, directories, user);
  spec.grace = options_.stop_grace;
  ASSIGN_OR_RETURN(const ProcessResult result, options_.runner.Run(spec, std::move(stop)));
  if (result.cancelled) {
    return MakeError(ErrorKind::kCancelled, "stopped on request", request.argv.front());
  }
  return result.signal != 0 ? 128 + result.signal : result.exit_code;
}

}  // namespace gitops

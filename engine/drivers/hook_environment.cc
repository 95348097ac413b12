#include "engine/drivers/hook_environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/drivers/app_processes.h"
#include "engine/os/user_name.h"

namespace gitops {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool ChangesHowProgramsStart(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames{
      "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "BASHOPTS", "PERL5OPT", "PYTHONHOME", "GCONV_PATH"};
  return name.starts_with("LD_") || name.starts_with("BASH_FUNC_") ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

std::string CurrentUserName() {
  return FindUserName(geteuid()).value_or(geteuid() == 0 ? "root" : std::to_string(geteuid()));
}

std::map<std::string, std::string> HookEnvironment(const HookEnvironmentRequest& request) {
  const AppDirectories& directories = request.directories;
  std::map<std::string, std::string> environment = {
      {"PATH", kPath},
      {"HOME", directories.home},
      {"LANG", "C.UTF-8"},
      {"TERM", "dumb"},
      {"USER", request.user},
      {"LOGNAME", request.user},
      {"SHELL", "/bin/sh"},
      {"TMPDIR", directories.tmp},
      {"TFGRID_APP_NAME", request.app.name},
      {"TFGRID_ENVIRONMENT", request.app.environment},
      {"TFGRID_REVISION", request.revision.ToString()},
      {"TFGRID_SOURCE_DIR", directories.source},
      {"TFGRID_DEPLOYMENT_DIR", directories.deployment},
      {"TFGRID_DATA_DIR", directories.data},
      {"TFGRID_PRIMARY_IP", request.primary_ip},
      {"APP_VERSION", request.app_version},
      {kAppRootVariable, directories.root}};
  if (!request.hook.empty()) environment["TFGRID_HOOK"] = request.hook;
  for (const AppVariable& variable : request.variables.values) {
    if (ChangesHowProgramsStart(variable.name)) continue;
    environment.emplace(variable.name, variable.value.Reveal());  // Keeps what is there.
  }
  return environment;
}

}  // namespace gitops

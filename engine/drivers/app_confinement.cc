#include "engine/drivers/app_confinement.h"

#include <signal.h>

#include "engine/base/digest.h"

namespace gitops {
namespace {

/// What a VM's root shell has: hooks install software for other users too. The app's root is
/// private whatever they do.
constexpr int kSharedUmask = 022;
/// A user of its own has nothing to share.
constexpr int kPrivateUmask = 077;
/// When memory is short, programs of apps go before the engine and the machine's own services.
constexpr int kExpendable = 300;
/// What a shell makes of a signal that ended its child.
constexpr int kShellSignalBase = 128;

std::string Megabytes(std::int64_t bytes) { return std::to_string(bytes / (1024 * 1024)) + " MB"; }

}  // namespace

void Confine(ProcessSpec& spec, const LocalOptions& options, const AppId& app,
             const AppDirectories& directories, const AppUser& user) {
  Confinement& confinement = spec.confinement;
  spec.umask = user.separate ? kPrivateUmask : kSharedUmask;
  spec.file_size_limit_bytes = options.app_limits.file_bytes;
  spec.memory_limit_bytes = options.app_limits.memory_bytes;
  confinement.no_new_privileges = user.separate || !options.PolicyOf(app).allow_sudo;
  confinement.no_core = true;
  confinement.open_files = options.app_limits.open_files;
  confinement.expendable = kExpendable;
  if (!user.separate) return;
  confinement.user = user.ids;
  confinement.view = MakePrivateView(options.state_dir, directories.root, directories.tmp);
  // Counted for the user as a whole, so only fit for one that is not everybody's.
  if (user.exclusive) confinement.processes = options.app_limits.processes;
}

std::optional<ControlGroup> ControlGroupOf(const LocalOptions& options, const AppId& app,
                                           const AppDirectories& directories) {
  if (options.control_groups.version == 0) return std::nullopt;
  // Several engines may share the machine.
  const std::string whose = Sha256Hex(directories.root).substr(0, 12);
  return ControlGroup(options.control_groups, app.environment + "." + app.name + "." + whose);
}

std::string LimitReached(const ProcessResult& result, const AppLimits& limits,
                         const GroupFindings& group) {
  if (group.out_of_memory) {
    return "the app was to use more than " + Megabytes(limits.memory_bytes) +
           " of memory (limits.appMemory)";
  }
  if (group.refused) {
    return "it was to have more than " + std::to_string(limits.processes) +
           " processes (limits.appProcesses)";
  }
  if (result.signal == SIGXFSZ || result.exit_code == kShellSignalBase + SIGXFSZ) {
    return "a file was to become larger than " + Megabytes(limits.file_bytes) +
           " (limits.appFileSize)";
  }
  // One of them is the program itself, and the last one could not be started.
  if (limits.processes > 0 && result.leftovers + 2 >= limits.processes) {
    return "it had " + std::to_string(result.leftovers) + " processes of " +
           std::to_string(limits.processes) + " that it may have (limits.appProcesses)";
  }
  return "";
}

}  // namespace gitops

#include "engine/drivers/local_driver.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "engine/drivers/app_confinement.h"
#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_processes.h"
#include "engine/drivers/app_user.h"
#include "engine/drivers/host_record.h"
#include "engine/drivers/legacy_paths.h"
#include "engine/drivers/machine_size.h"
#include "engine/os/atomic_file.h"
#include "engine/os/private_directory.h"
#include "engine/os/remove_tree.h"
#include "engine/os/system_random.h"

namespace gitops {
namespace {

constexpr std::string_view kVariablePrefix = "variables.";

std::map<std::string, std::string> WantedSize(const Step& step) {
  std::map<std::string, std::string> size;
  for (const char* name : {"cpu", "memory", "disk"}) {
    const auto found = step.parameters.find(std::string(kVariablePrefix) + name);
    if (found != step.parameters.end()) size[name] = found->second;
  }
  return size;
}

Outputs MakeOutputs(const AppDirectories& directories, const std::string& identity) {
  return {{"address", "127.0.0.1"},
          {"primary_ip", "127.0.0.1"},
          {"primary_ip_type", "local"},
          {"identity", identity},
          {"root", directories.root},
          {"source_dir", directories.source},
          {"deployment_dir", directories.deployment},
          {"data_dir", directories.data}};
}

std::int64_t ToNumber(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// An app that asks for more than there is still runs: the sizes are those of a machine of its own.
void NoteShortfall(const std::map<std::string, std::string>& wanted, const MachineSize& machine,
                   StepLog& log) {
  const auto check = [&](const char* name, std::int64_t there, const std::string& unit) {
    const auto asked = wanted.find(name);
    if (asked == wanted.end() || there <= 0 || ToNumber(asked->second) <= there) return;
    log.Note("this machine has " + std::to_string(there) + " " + unit + ", the app asks for " +
             asked->second);
  };
  check("cpu", machine.cpus, "CPUs");
  check("memory", machine.memory_mb, "MB of memory");
  check("disk", machine.disk_free_gb, "GB of free disk");
}

bool IsDirectory(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The first of the directories that is not there; null when all are.
const std::string* FirstMissing(const AppDirectories& directories) {
  for (const std::string* path :
       {&directories.root, &directories.source, &directories.deployment, &directories.data,
        &directories.run, &directories.home, &directories.tmp}) {
    if (!IsDirectory(*path)) return path;
  }
  return nullptr;
}

}  // namespace

Result<ObservedStep> LocalDriver::Observe(const StepContext& context, std::stop_token) {
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const auto record, ReadHostRecord(directories.host_record));
  ObservedStep observed;
  if (!record) {
    observed.observation = Observation::kAbsent;
    observed.detail = "there is no \"" + directories.host_record + "\"";
    return observed;
  }
  observed.outputs = MakeOutputs(directories, record->identity);
  observed.observation = Observation::kDiffers;
  const auto identity = context.previous.find("identity");
  if (const std::string* missing = FirstMissing(directories)) {
    observed.detail = "the directory \"" + *missing + "\" is missing";
  } else if (identity != context.previous.end() && identity->second != record->identity) {
    observed.detail = "the directory was made anew by somebody else";
  } else if (record->size != WantedSize(context.step)) {
    observed.detail = "it was made for another size";
  } else {
    observed.observation = Observation::kPresent;
    observed.detail = "\"" + directories.root + "\" is there";
  }
  return observed;
}

Result<Outputs> LocalDriver::Apply(const StepContext& context, std::stop_token) {
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const auto recorded, ReadHostRecord(directories.host_record));
  HostRecord record;
  // Without its data directory the host is a new one, whatever the file says: guarded steps run.
  if (recorded && IsDirectory(directories.data)) {
    record = *recorded;
  } else {
    record.identity = RandomUuid(options_.random);
  }
  ASSIGN_OR_RETURN(const AppUser user, AppUserOf(options_, context.app));
  RETURN_IF_ERROR(
      directories.Make(user.separate ? std::optional<ChildUser>(user.ids) : std::nullopt));
  RemoveUnfinished(directories.host_record);
  record.size = WantedSize(context.step);
  NoteShortfall(record.size, ReadMachineSize(directories.root), context.log);
  if (!recorded || *recorded != record) {
    RETURN_IF_ERROR(WriteHostRecord(directories.host_record, record));
  }
  return MakeOutputs(directories, record.identity);
}

Status LocalDriver::Destroy(const StepContext& context, std::stop_token stop) {
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const AppUser user, KnownAppUser(options_, context.app));
  AppProcesses processes{directories.root};
  if (user.exclusive) processes.user = user.ids.user;
  ASSIGN_OR_RETURN(const int ended, EndAppProcesses(processes, options_.stop_grace, stop));
  if (ended > 0) context.log.Note("ended " + std::to_string(ended) + " processes of the app");
  if (const auto group = ControlGroupOf(options_, context.app, directories)) {
    const int left = group->End();
    if (left > 0) context.log.Note("ended " + std::to_string(left) + " processes in its group");
    if (left < 0) {
      return MakeError(ErrorKind::kTransient, "processes of the app cannot be ended",
                       "some in its control group hang in the kernel",
                       "look at them with `ps -ef`");
    }
  }
  RETURN_IF_ERROR(RemoveTreeBeneath(directories.root));
  RETURN_IF_ERROR(ReleaseAppUser(options_, context.app));
  // Goes only when it was the last app of its environment.
  rmdir((options_.state_dir + "/apps/" + context.app.environment).c_str());
  if (options_.legacy_paths) RemoveUnusedLegacyMountPoints();
  return {};
}

}  // namespace gitops

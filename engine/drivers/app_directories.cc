#include "engine/drivers/app_directories.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/os/private_directory.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

constexpr mode_t kPassable = 0711;

/// Root also takes back what belonged to a user of the app's own.
Status MakePart(const std::string& path, const std::optional<ChildUser>& owner) {
  if (!owner && geteuid() != 0) return MakePrivateDirectory(path);
  const ChildUser user = owner.value_or(ChildUser{geteuid(), getegid()});
  return MakeOwnedDirectory(path, user.user, user.group);
}

}  // namespace

AppDirectories::AppDirectories(const std::string& state_dir, const AppId& app)
    : root(state_dir + "/apps/" + app.environment + "/" + app.name),
      source(root + "/source"),
      deployment(root + "/deployment"),
      data(root + "/data"),
      run(root + "/run"),
      home(root + "/home"),
      tmp(root + "/tmp"),
      host_record(root + "/host.json") {}

Status AppDirectories::Make(std::optional<ChildUser> owner) const {
  RETURN_IF_ERROR(MakePrivateDirectory(root));
  RETURN_IF_ERROR(MakePrivateDirectory(run));
  for (const std::string* path : {&source, &deployment, &data, &home, &tmp}) {
    RETURN_IF_ERROR(MakePart(*path, owner));
  }
  if (owner && chmod(root.c_str(), kPassable) != 0) {
    return SystemError("cannot let an app's user pass", root, errno);
  }
  return {};
}

}  // namespace gitops

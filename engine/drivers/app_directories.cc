#include "engine/drivers/app_directories.h"

#include "engine/os/private_directory.h"

namespace gitops {

AppDirectories::AppDirectories(const std::string& state_dir, const AppId& app)
    : root(state_dir + "/apps/" + app.environment + "/" + app.name),
      source(root + "/source"),
      deployment(root + "/deployment"),
      data(root + "/data"),
      run(root + "/run"),
      home(root + "/home"),
      tmp(root + "/tmp"),
      host_record(root + "/host.json") {}

Status AppDirectories::Make() const {
  for (const std::string* path : {&root, &source, &deployment, &data, &run, &home, &tmp}) {
    RETURN_IF_ERROR(MakePrivateDirectory(*path));
  }
  return {};
}

}  // namespace gitops

#include "engine/reconcile/app_directory.h"

#include <system_error>

#include "engine/model/manifest.h"

namespace gitops {

Result<std::filesystem::path> FindAppDirectory(const std::string& path) {
  std::error_code error;
  const std::filesystem::path given(path.empty() ? "." : path);
  const std::filesystem::path absolute = std::filesystem::canonical(given, error);
  if (error) {
    return MakeError(ErrorKind::kNotFound, "no such directory", path + ": " + error.message(),
                     "start one: tfgrid-compose init " + path);
  }
  if (std::filesystem::is_directory(absolute, error)) {
    for (const std::string_view name : kManifestNames) {
      const auto status = std::filesystem::symlink_status(absolute / name, error);
      if (std::filesystem::exists(status)) return absolute;
    }
    return MakeError(ErrorKind::kNotFound, "no manifest",
                     absolute.string() + " holds no tfgrid-compose.yaml",
                     "start one: tfgrid-compose init " + absolute.string());
  }
  for (const std::string_view name : kManifestNames) {
    if (absolute.filename() == name) return absolute.parent_path();
  }
  return MakeError(ErrorKind::kInvalid, "not a manifest",
                   path + " is neither a directory nor called tfgrid-compose.yaml",
                   "name the directory that holds the app's tfgrid-compose.yaml");
}

}  // namespace gitops

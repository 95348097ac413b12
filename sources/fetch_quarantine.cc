#include "sources/fetch_quarantine.h"

#include <fcntl.h>
#include <git2.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/os/unique_fd.h"
#include "sources/git_error.h"
#include "sources/git_handle.h"
#include "sources/repository_error.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

Error CannotWrite(const std::string& path, const std::string& why) {
  return MakeError(ErrorKind::kTransient, "mirror cannot be written", path + ": " + why,
                   "look at the disk that holds it: df -h " + path);
}

/// An object database that writes packs below `folder` and also reads what is in `objects`.
Status Combine(const std::string& folder, const std::string& objects, git::OdbHandle& odb) {
  int code = git_odb_new(git::Out(odb));
  git_odb_backend* packs = nullptr;
  if (code == 0) code = git_odb_backend_pack(&packs, folder.c_str());
  if (code == 0 && (code = git_odb_add_backend(odb.get(), packs, 1)) != 0) packs->free(packs);
  if (code == 0) code = git_odb_add_disk_alternate(odb.get(), objects.c_str());
  if (code != 0) return GitError(code, "mirror cannot be opened", folder);
  return {};
}

Status Sync(const std::string& directory) {
  const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return CannotWrite(directory, std::strerror(errno));
  return {};
}

}  // namespace

void FetchQuarantine::Free::operator()(git_repository* repository) const {
  git_repository_free(repository);
}

Result<FetchQuarantine> FetchQuarantine::Start(const std::string& mirror) {
  FetchQuarantine quarantine;
  git::RepositoryHandle repository;
  int code = git_repository_open_ext(git::Out(repository), mirror.c_str(),
                                     GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code != 0) return OpenRepositoryError(code, mirror);
  quarantine.mirror_objects_ = mirror + "/objects";
  std::string path = mirror + "/" + kQuarantinePrefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return CannotWrite(mirror, std::strerror(errno));
  quarantine.path_ = path;
  std::error_code error;
  fs::create_directory(path + "/pack", error);
  if (error) return CannotWrite(path, error.message());
  git::OdbHandle combined;
  RETURN_IF_ERROR(Combine(path, quarantine.mirror_objects_, combined));
  code = git_repository_set_odb(repository.get(), combined.get());
  if (code != 0) return GitError(code, "mirror cannot be opened", mirror);
  quarantine.repository_.reset(repository.release());
  return quarantine;
}

FetchQuarantine::FetchQuarantine(FetchQuarantine&& other) noexcept
    : mirror_objects_(std::move(other.mirror_objects_)),
      path_(std::exchange(other.path_, "")),
      repository_(std::move(other.repository_)) {}

FetchQuarantine::~FetchQuarantine() {
  if (path_.empty()) return;
  std::error_code error;
  fs::remove_all(path_, error);  // What cannot be removed goes before the next fetch.
}

Status FetchQuarantine::Keep() {
  const fs::path target = mirror_objects_ + "/pack";
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path_ + "/pack", error)) {
    if (entry.path().filename().string().starts_with("pack-")) files.push_back(entry.path());
  }
  // A pack counts once its index is there: so that comes last.
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return (a.extension() == ".idx") < (b.extension() == ".idx");
  });
  for (const fs::path& file : files) {
    if (!error) fs::rename(file, target / file.filename(), error);
  }
  if (error) return CannotWrite(target, error.message());
  return files.empty() ? Status() : Sync(target);
}

}  // namespace gitops

#include "engine/os/private_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/os/atomic_file.h"
#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

constexpr mode_t kPrivate = 0700;

Status CheckExisting(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    if (errno == ELOOP || errno == ENOTDIR) {
      return MakeError(ErrorKind::kInvalid, "not a directory",
                       "\"" + path + "\" is a file or a symbolic link, a directory is needed");
    }
    return SystemError("cannot open a directory", path, errno);
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return SystemError("cannot read a directory", path, errno);
  if (status.st_uid != geteuid()) {
    return MakeError(ErrorKind::kInvalid, "directory of another user",
                     "\"" + path + "\" belongs to user " + std::to_string(status.st_uid) +
                         ", this process runs as user " + std::to_string(geteuid()),
                     "run as its owner, or choose another directory with --state-dir");
  }
  if ((status.st_mode & 0777) != kPrivate && fchmod(fd.get(), kPrivate) != 0) {
    return SystemError("cannot make a directory private", path, errno);
  }
  return {};
}

}  // namespace

Status MakePrivateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), kPrivate) == 0) {
    // The umask can only have taken bits away, so this gives back the owner's.
    if (chmod(path.c_str(), kPrivate) != 0) {
      return SystemError("cannot make a directory private", path, errno);
    }
    return {};
  }
  if (errno == EEXIST) return CheckExisting(path);
  if (errno != ENOENT) return SystemError("cannot make a directory", path, errno);
  const std::string parent = ParentDirectory(path);
  if (parent == path) return SystemError("cannot make a directory", path, ENOENT);
  struct stat status {};
  if (stat(parent.c_str(), &status) == 0) {
    return SystemError("cannot make a directory", path, ENOENT);
  }
  RETURN_IF_ERROR(MakePrivateDirectory(parent));
  return MakePrivateDirectory(path);
}

}  // namespace gitops

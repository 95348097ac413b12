#include "engine/os/private_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "engine/os/atomic_file.h"
#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"
#include "engine/os/user_name.h"

namespace gitops {
namespace {

constexpr mode_t kPrivate = 0700;

/// The directory itself, not one that a link leads to.
UniqueFd OpenIfThere(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

Result<UniqueFd> OpenItself(const std::string& path) {
  UniqueFd fd = OpenIfThere(path);
  if (fd) return fd;
  if (errno == ELOOP || errno == ENOTDIR) {
    return MakeError(ErrorKind::kInvalid, "not a directory",
                     "\"" + path + "\" is a file or a symbolic link, a directory is needed");
  }
  return SystemError("cannot open a directory", path, errno);
}

Status CheckExisting(const UniqueFd& fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return SystemError("cannot read a directory", path, errno);
  if (status.st_uid != geteuid()) {
    return MakeError(ErrorKind::kInvalid, "directory of another user",
                     "\"" + path + "\" belongs to " + DescribeUser(status.st_uid) +
                         ", this process runs as " + DescribeUser(geteuid()),
                     "run as its owner, " + AsUser(status.st_uid, "tfgrid-compose COMMAND") +
                         ", or choose another directory with --state-dir");
  }
  if ((status.st_mode & 0777) != kPrivate && fchmod(fd.get(), kPrivate) != 0) {
    return SystemError("cannot make a directory private", path, errno);
  }
  return {};
}

/// Makes the directory, or checks the one that is there. False when its parent is missing.
Result<bool> MakeInParent(const std::string& path) {
  // Nearly always it is there, and asking is cheaper than trying to make it.
  if (const UniqueFd there = OpenIfThere(path)) {
    RETURN_IF_ERROR(CheckExisting(there, path));
    return true;
  }
  if (mkdir(path.c_str(), kPrivate) == 0) {
    // The umask can only have taken bits away, so this gives back the owner's.
    if (chmod(path.c_str(), kPrivate) == 0) return true;
    return SystemError("cannot make a directory private", path, errno);
  }
  if (errno == ENOENT) return false;
  if (errno != EEXIST) return SystemError("cannot make a directory", path, errno);
  ASSIGN_OR_RETURN(const UniqueFd fd, OpenItself(path));
  RETURN_IF_ERROR(CheckExisting(fd, path));
  return true;
}

/// Gives everything in the directory `fd` away, never over a link. Files with several names are
/// left out: one of the names may be elsewhere.
Status GiveContents(int fd, const std::string& path, uid_t owner, gid_t group, int depth) {
  constexpr int kMaxDepth = 256;
  if (depth > kMaxDepth) {
    return MakeError(ErrorKind::kInvalid, "directory is too deep", "\"" + path + "\"");
  }
  const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return SystemError("cannot read a directory", path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(copy), closedir);
  if (!directory) return SystemError("cannot read a directory", path, errno);
  for (const dirent* entry = readdir(directory.get()); entry != nullptr;
       entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == ".." ||
        fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    if (S_ISDIR(status.st_mode)) {
      const UniqueFd child(
          openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!child) return SystemError("cannot open a directory", path + "/" + name, errno);
      RETURN_IF_ERROR(GiveContents(child.get(), path + "/" + name, owner, group, depth + 1));
      RETURN_IF_ERROR(GiveTo(child.get(), path + "/" + name, owner, group));
    } else if (status.st_nlink == 1 &&
               fchownat(fd, name.c_str(), owner, group, AT_SYMLINK_NOFOLLOW) != 0) {
      return SystemError("cannot give a file to its user", path + "/" + name, errno);
    }
  }
  return {};
}

}  // namespace

Status GiveTo(int fd, const std::string& path, uid_t owner, gid_t group) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError("cannot read a file", path, errno);
  if (status.st_uid == owner && status.st_gid == group) return {};
  if (fchown(fd, owner, group) != 0) {
    return SystemError("cannot give a file to its user", path, errno);
  }
  return {};
}

Status MakeOwnedDirectory(const std::string& path, uid_t owner, gid_t group) {
  UniqueFd fd = OpenIfThere(path);
  if (!fd) {
    if (mkdir(path.c_str(), kPrivate) != 0 && errno != EEXIST) {
      return SystemError("cannot make a directory", path, errno);
    }
    ASSIGN_OR_RETURN(fd, OpenItself(path));
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return SystemError("cannot read a directory", path, errno);
  if (status.st_uid != owner || status.st_gid != group) {
    RETURN_IF_ERROR(GiveContents(fd.get(), path, owner, group, 0));
    RETURN_IF_ERROR(GiveTo(fd.get(), path, owner, group));
  }
  if ((status.st_mode & 07777) != kPrivate && fchmod(fd.get(), kPrivate) != 0) {
    return SystemError("cannot make a directory private", path, errno);
  }
  return {};
}

Status MakePrivateDirectory(const std::string& path) {
  ASSIGN_OR_RETURN(const bool made, MakeInParent(path));
  if (made) return {};
  const std::string parent = ParentDirectory(path);
  if (parent == path) return SystemError("cannot make a directory", path, ENOENT);
  struct stat status {};
  if (stat(parent.c_str(), &status) == 0) {
    // Somebody has made the parent since, or the path is a link to nowhere.
    ASSIGN_OR_RETURN(const bool made_now, MakeInParent(path));
    return made_now ? Status() : SystemError("cannot make a directory", path, ENOENT);
  }
  RETURN_IF_ERROR(MakePrivateDirectory(parent));
  return MakePrivateDirectory(path);
}

}  // namespace gitops

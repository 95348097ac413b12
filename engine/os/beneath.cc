#include "engine/os/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "engine/model/file_tree.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

Error Unsafe(std::string_view path) {
  return MakeError(ErrorKind::kInvalid, "unsafe path",
                   "\"" + std::string(path) +
                       "\" is not a plain relative path (no \"..\", no \".git\", no control "
                       "characters)");
}

Error LinkError(int at, const std::string& name, std::string_view path, int error_number) {
  struct stat status {};
  if ((error_number == ELOOP || error_number == ENOTDIR) &&
      fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode)) {
    return MakeError(ErrorKind::kInvalid, "symbolic link in a path",
                     "\"" + std::string(path) + "\" leads through the symbolic link \"" + name +
                         "\", which is not followed");
  }
  return SystemError("cannot open a file", path, error_number);
}

/// Opens all components but the last; `last` gets its name.
Result<UniqueFd> OpenParent(int root, std::string_view relative, std::string& last) {
  if (!IsSafeRelativePath(relative)) return Unsafe(relative);
  UniqueFd current;
  int at = root;
  std::string_view rest = relative;
  for (std::size_t slash = rest.find('/'); slash != std::string_view::npos;
       slash = rest.find('/')) {
    const std::string name(rest.substr(0, slash));
    UniqueFd next(openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return LinkError(at, name, relative, errno);
    current = std::move(next);
    at = current.get();
    rest.remove_prefix(slash + 1);
  }
  last = std::string(rest);
  if (!current) {
    current = UniqueFd(fcntl(root, F_DUPFD_CLOEXEC, 3));
    if (!current) return SystemError("cannot open a directory", relative, errno);
  }
  return current;
}

}  // namespace

Result<UniqueFd> OpenDirectory(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return SystemError("cannot open a directory", path, errno);
  return fd;
}

Result<UniqueFd> OpenDirectoryBeneath(int root, std::string_view relative) {
  if (relative.empty()) {
    UniqueFd fd(openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return SystemError("cannot open a directory", ".", errno);
    return fd;
  }
  return OpenFileBeneath(root, relative, O_RDONLY | O_DIRECTORY);
}

Result<UniqueFd> OpenFileBeneath(int root, std::string_view relative, int flags,
                                 unsigned int mode) {
  std::string name;
  ASSIGN_OR_RETURN(const UniqueFd parent, OpenParent(root, relative, name));
  UniqueFd fd(openat(parent.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                     static_cast<mode_t>(mode)));
  if (!fd) return LinkError(parent.get(), name, relative, errno);
  return fd;
}

}  // namespace gitops

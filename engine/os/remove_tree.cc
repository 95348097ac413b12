#include "engine/os/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

/// Deeper directories are moved up to the root of the tree before they are emptied.
constexpr int kMaxDepth = 32;
/// A directory that somebody refills while it is emptied is given up after so many tries.
constexpr int kMaxRounds = 16;
constexpr std::size_t kNamesPerRound = 4096;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

class TreeRemover {
 public:
  TreeRemover(const std::string& path, int root) : path_(path), root_(root) {}

  Status Run() {
    struct stat status {};
    if (fstat(root_, &status) != 0) return SystemError("cannot remove a directory", path_, errno);
    device_ = status.st_dev;
    return Empty(root_, 0);
  }

 private:
  /// Removes all entries of the directory `fd`.
  Status Empty(int fd, int depth) {
    for (int round = 0; round < kMaxRounds;) {
      const int moved_before = moved_;
      ASSIGN_OR_RETURN(const std::vector<std::string> names, List(fd));
      if (names.empty()) return {};
      for (const std::string& name : names) RETURN_IF_ERROR(Remove(fd, name, depth));
      // Deep and large directories take many rounds by themselves; only refilled ones count.
      if (moved_ == moved_before && names.size() < kNamesPerRound) ++round;
    }
    return MakeError(ErrorKind::kTransient, "directory is still being written to",
                     "new files keep appearing beneath \"" + path_ + "\"");
  }

  Result<std::vector<std::string>> List(int fd) {
    const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return SystemError("cannot read a directory", path_, errno);
    const std::unique_ptr<DIR, CloseDirectory> directory(fdopendir(copy));
    if (!directory) return SystemError("cannot read a directory", path_, errno);
    std::vector<std::string> names;
    for (const dirent* entry = readdir(directory.get()); entry != nullptr;
         entry = readdir(directory.get())) {
      if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
      names.emplace_back(entry->d_name);
      if (names.size() == kNamesPerRound) break;
    }
    return names;
  }

  Status Remove(int parent, const std::string& name, int depth) {
    if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return Failed(name, errno);
    fchmodat(parent, name.c_str(), 0700, AT_SYMLINK_NOFOLLOW);
    if (depth >= kMaxDepth) return MoveUp(parent, name);
    UniqueFd child(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!child) return Failed(name, errno);
    struct stat status {};
    if (fstat(child.get(), &status) != 0) return Failed(name, errno);
    if (status.st_dev != device_) {
      return MakeError(ErrorKind::kInvalid, "another file system is mounted here",
                       "\"" + name + "\" beneath \"" + path_ + "\" is a mount point",
                       "unmount it (`findmnt`) and try again");
    }
    // A mode without the owner's bits would stop us; fchmodat may not know AT_SYMLINK_NOFOLLOW.
    if ((status.st_mode & 0700) != 0700) fchmod(child.get(), 0700);
    RETURN_IF_ERROR(Empty(child.get(), depth + 1));
    if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
      return Failed(name, errno);
    }
    return {};
  }

  Status MoveUp(int parent, const std::string& name) {
    for (int tries = 0; tries < 1000; ++tries) {
      const std::string moved = ".removed-" + std::to_string(++moved_);
      if (renameat2(parent, name.c_str(), root_, moved.c_str(), RENAME_NOREPLACE) == 0) return {};
      if (errno != EEXIST) return Failed(name, errno);
    }
    return Failed(name, EEXIST);
  }

  Error Failed(const std::string& name, int error_number) const {
    return SystemError("cannot remove a file", path_ + "/…/" + name, error_number);
  }

  const std::string& path_;
  int root_;
  dev_t device_ = 0;
  int moved_ = 0;
};

}  // namespace

Status EmptyTree(const std::string& path) {
  const auto open_root = [&] {
    return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  };
  UniqueFd root = open_root();
  if (!root && errno == EACCES) {
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) chmod(path.c_str(), 0700);
    root = open_root();
  }
  if (!root) {
    if (errno == ENOENT) return {};
    return SystemError("cannot remove a directory", path, errno);
  }
  fchmod(root.get(), 0700);
  return TreeRemover(path, root.get()).Run();
}

Status RemoveTreeBeneath(const std::string& path) {
  RETURN_IF_ERROR(EmptyTree(path));
  if (rmdir(path.c_str()) != 0 && errno != ENOENT) {
    return SystemError("cannot remove a directory", path, errno);
  }
  return {};
}

}  // namespace gitops

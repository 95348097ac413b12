#include "engine/os/tree_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/os/beneath.h"
#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

constexpr std::int64_t kBlock = 512;  // Of st_blocks, whatever the file system has.
/// A path is opened part by part, so a deep one costs more; nothing honest is that deep.
constexpr std::size_t kMaxPath = 3000;
/// Of the paths of directories that are still to be looked at.
constexpr std::size_t kMaxOpenBytes = 16UL * 1024 * 1024;

class Measuring {
 public:
  Measuring(int root, dev_t device, const TreeUse& most)
      : root_(root), device_(device), most_(most) {}

  TreeUse Run() {
    open_.emplace_back();
    while (!open_.empty() && !use_.hidden && !use_.IsMoreThan(most_)) {
      const std::string path = std::move(open_.back());
      open_.pop_back();
      open_bytes_ -= path.size();
      Look(path);
    }
    return use_;
  }

 private:
  void Look(const std::string& path) {
    auto fd = OpenDirectoryBeneath(root_, path);
    if (!fd) return;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(fd->get()), closedir);
    if (!directory) return;
    fd->Release();
    for (const dirent* entry = readdir(directory.get());
         entry != nullptr && !use_.hidden && !use_.IsMoreThan(most_);
         entry = readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") Add(dirfd(directory.get()), path, entry->d_name);
    }
  }

  void Add(int directory, const std::string& path, const char* name) {
    struct stat status {};
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (status.st_dev != device_) return;
    ++use_.files;
    const bool is_directory = S_ISDIR(status.st_mode);
    const auto names =
        is_directory ? 1 : std::max<std::int64_t>(1, static_cast<std::int64_t>(status.st_nlink));
    use_.bytes += status.st_blocks * kBlock / names;
    if (is_directory) Open(path.empty() ? name : path + "/" + name);
  }

  void Open(std::string path) {
    open_bytes_ += path.size();
    use_.hidden = path.size() > kMaxPath || open_bytes_ > kMaxOpenBytes;
    open_.push_back(std::move(path));
  }

  int root_;
  dev_t device_;
  const TreeUse& most_;
  TreeUse use_;
  std::vector<std::string> open_;
  std::size_t open_bytes_ = 0;
};

}  // namespace

Result<TreeUse> MeasureTree(const std::string& path, const TreeUse& most) {
  ASSIGN_OR_RETURN(const UniqueFd root, OpenDirectory(path));
  struct stat status {};
  if (fstat(root.get(), &status) != 0) return SystemError("cannot read a directory", path, errno);
  return Measuring(root.get(), status.st_dev, most).Run();
}

Result<FreeSpace> FreeSpaceAt(const std::string& path) {
  struct statvfs status {};
  if (statvfs(path.c_str(), &status) != 0) {
    return SystemError("cannot look at a file system", path, errno);
  }
  return FreeSpace{.bytes = static_cast<std::int64_t>(status.f_bfree * status.f_frsize),
                   .files = static_cast<std::int64_t>(status.f_ffree),
                   .counts_files = status.f_files > 0};
}

}  // namespace gitops

#include "engine/os/atomic_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "engine/base/digest.h"
#include "engine/os/system_error.h"
#include "engine/os/system_random.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

constexpr std::string_view kTemporary = ".new-";

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::string TemporaryName(const std::string& path) {
  const std::string bytes = RandomBytes(8);
  return path + std::string(kTemporary) +
         ToHex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

enum class Sync { kYes, kNo };

Status WriteTemporary(const std::string& path, std::string_view bytes, unsigned int mode,
                      Sync sync) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return SystemError("cannot create a file", path, errno);
  RETURN_IF_ERROR(WriteAll(fd.get(), path, bytes));
  if (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 ||
      (sync == Sync::kYes && fsync(fd.get()) != 0)) {
    return SystemError("cannot write a file", path, errno);
  }
  return {};
}

Status Replace(const std::string& path, std::string_view bytes, unsigned int mode, Sync sync) {
  const std::string temporary = TemporaryName(path);
  Status status = WriteTemporary(temporary, bytes, mode, sync);
  if (status && rename(temporary.c_str(), path.c_str()) != 0) {
    status = SystemError("cannot replace a file", path, errno);
  }
  if (!status) unlink(temporary.c_str());
  return status;
}

}  // namespace

std::string ParentDirectory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("cannot write a file", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status SyncDirectory(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory (EINVAL); there is nothing to wait for then.
  if (!fd || (fsync(fd.get()) != 0 && errno != EINVAL)) {
    return SystemError("cannot sync a directory", path, errno);
  }
  return {};
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes, unsigned int mode) {
  RETURN_IF_ERROR(Replace(path, bytes, mode, Sync::kYes));
  return SyncDirectory(ParentDirectory(path));
}

Status ReplaceFile(const std::string& path, std::string_view bytes, unsigned int mode) {
  return Replace(path, bytes, mode, Sync::kNo);
}

void RemoveUnfinished(const std::string& path) {
  const std::string prefix = path.substr(path.rfind('/') + 1) + std::string(kTemporary);
  const std::unique_ptr<DIR, CloseDirectory> directory(opendir(ParentDirectory(path).c_str()));
  if (!directory) return;
  for (const dirent* entry = readdir(directory.get()); entry != nullptr;
       entry = readdir(directory.get())) {
    if (std::string_view(entry->d_name).starts_with(prefix)) {
      unlinkat(dirfd(directory.get()), entry->d_name, 0);
    }
  }
}

}  // namespace gitops

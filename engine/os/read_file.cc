#include "engine/os/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

Error TooLarge(const std::string& path, std::size_t limit) {
  return MakeError(ErrorKind::kInvalid, "file too large",
                   "\"" + path + "\" has more than " + std::to_string(limit) + " bytes");
}

}  // namespace

Result<std::string> ReadAll(int fd, const std::string& path, std::size_t limit) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError("cannot read a file", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return MakeError(ErrorKind::kInvalid, "not a regular file",
                     "\"" + path + "\" is a directory, a device or the like");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > limit) return TooLarge(path, limit);
  std::string bytes;
  bytes.reserve(size);
  // Files of /proc tell no size, and any file may grow: read until the end, within the limit.
  char buffer[16 * 1024];
  while (true) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("cannot read a file", path, errno);
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(count) > limit) return TooLarge(path, limit);
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

Result<std::string> ReadSmallFile(const std::string& path, std::size_t limit) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return SystemError("cannot open a file", path, errno);
  return ReadAll(fd.get(), path, limit);
}

}  // namespace gitops

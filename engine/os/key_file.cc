#include "engine/os/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/digest.h"
#include "engine/os/atomic_file.h"
#include "engine/os/read_file.h"
#include "engine/os/system_error.h"
#include "engine/os/system_random.h"
#include "engine/os/unique_fd.h"
#include "engine/os/user_name.h"

namespace gitops {
namespace {

Error Refuse(const std::string& path, const std::string& why, std::string hint) {
  return MakeError(ErrorKind::kInvalid, "the key file cannot be used", "\"" + path + "\" " + why,
                   std::move(hint));
}

Status Check(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError("cannot read the key file", path, errno);
  if (!S_ISREG(status.st_mode)) return Refuse(path, "is not a regular file", "");
  if (status.st_uid != geteuid()) {
    return Refuse(path, "belongs to " + DescribeUser(status.st_uid),
                  "run as that user: " + AsUser(status.st_uid, "tfgrid-compose COMMAND"));
  }
  if ((status.st_mode & 0077) != 0) {
    return Refuse(path, "can be read by other users", "chmod 600 '" + path + "'");
  }
  if (static_cast<std::size_t>(status.st_size) != kKeySize) {
    return Refuse(path, "has " + std::to_string(status.st_size) + " bytes instead of 32",
                  "restore it from a backup; without the right key all secrets look changed");
  }
  return {};
}

/// Writes a new key beside `path` and links it there, which only the first of several can do.
Status Create(const std::string& path) {
  const std::string name = RandomBytes(8);
  const std::string temporary =
      path + ".new-" + ToHex(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
  const std::string key = RandomBytes(kKeySize);
  RETURN_IF_ERROR(WriteFileAtomically(temporary, key, 0600));
  const int linked = link(temporary.c_str(), path.c_str());
  const int link_error = errno;
  unlink(temporary.c_str());
  if (linked != 0 && link_error != EEXIST) {
    return SystemError("cannot create the key file", path, link_error);
  }
  return SyncDirectory(ParentDirectory(path));
}

}  // namespace

Result<Secret> ReadOrCreateKeyFile(const std::string& path) {
  const auto open_file = [&] {
    return UniqueFd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  };
  UniqueFd fd = open_file();
  if (!fd && errno == ENOENT) {
    RETURN_IF_ERROR(Create(path));
    fd = open_file();
  }
  if (!fd) return SystemError("cannot open the key file", path, errno);
  RETURN_IF_ERROR(Check(fd.get(), path));
  ASSIGN_OR_RETURN(std::string key, ReadAll(fd.get(), path, kKeySize));
  return Secret(std::move(key));
}

}  // namespace gitops

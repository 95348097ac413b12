#include "engine/os/system_error.h"

#include <cerrno>
#include <system_error>

namespace gitops {
namespace {

ErrorKind KindOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::kNotFound;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EINTR:
    case EBUSY:
    case ETXTBSY:
    case EIO:
    case ESTALE:
      return ErrorKind::kTransient;
    default:
      return ErrorKind::kInvalid;
  }
}

std::string HintOf(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free some space on that file system (`df -h`, `df -i`) and try again";
    case EACCES:
    case EPERM:
      return "check owner and mode with `ls -ld`, or run as the owner";
    case EROFS:
      return "that file system is mounted read-only; choose another state directory with "
             "--state-dir";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (`ulimit -n`)";
    case ELOOP:
      return "symbolic links are not followed here; name the real path";
    default:
      return "";
  }
}

}  // namespace

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

Error SystemError(std::string summary, std::string_view path, int error_number) {
  std::string detail = "\"";
  detail += path;
  detail += "\": ";
  detail += ErrnoText(error_number);
  return MakeError(KindOf(error_number), std::move(summary), std::move(detail),
                   HintOf(error_number));
}

}  // namespace gitops

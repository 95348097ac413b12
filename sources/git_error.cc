#include "sources/git_error.h"

#include <git2.h>

#include <utility>

namespace gitops {
namespace {

ErrorKind KindOf(int code, int error_class) {
  switch (code) {
    case GIT_ENOTFOUND:
      return ErrorKind::kNotFound;
    case GIT_ELOCKED:
    case GIT_EMODIFIED:
    case GIT_ENONFASTFORWARD:
      return ErrorKind::kConflict;
    default:
      break;
  }
  // The operating system refused: no space, no permission, a read-only file system.
  return error_class == GIT_ERROR_OS || error_class == GIT_ERROR_NOMEMORY ? ErrorKind::kTransient
                                                                          : ErrorKind::kCorruption;
}

}  // namespace

std::string LastGitMessage() {
  const git_error* error = git_error_last();
  return error == nullptr || error->message == nullptr ? "no reason given" : error->message;
}

Error GitError(int code, std::string summary, std::string_view context, std::string hint) {
  const git_error* error = git_error_last();
  const ErrorKind kind = KindOf(code, error == nullptr ? 0 : error->klass);
  std::string detail(context);
  if (!detail.empty()) detail += ": ";
  detail += LastGitMessage();
  return MakeError(kind, std::move(summary), std::move(detail), std::move(hint));
}

}  // namespace gitops

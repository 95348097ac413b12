#include "sources/repository_error.h"

#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sources/git_error.h"

namespace gitops {

Error OpenRepositoryError(int code, const std::string& path) {
  const std::string message = LastGitMessage();
  if (message.find("objectformat") != std::string::npos) {
    return MakeError(ErrorKind::kInvalid, "repository uses SHA-256 object names",
                     path + ": libgit2 reads SHA-1 repositories only",
                     "git clone --bare the history into a repository made with "
                     "git init --object-format=sha1");
  }
  if (message.find("unsupported extension") != std::string::npos ||
      message.find("unsupported repository version") != std::string::npos) {
    return MakeError(ErrorKind::kInvalid, "repository format is not supported",
                     path + ": " + message);
  }
  if (code == GIT_ENOTFOUND) {
    if (access(path.c_str(), F_OK) != 0) {
      return MakeError(ErrorKind::kNotFound, "repository not found",
                       path + ": " + std::strerror(errno),
                       "check the source's url; a path is read on the engine's own machine");
    }
    struct stat info {};
    if (stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode)) {
      return MakeError(ErrorKind::kInvalid, "not a Git repository",
                       path + " is a file, a repository is a folder",
                       "set the source's url to the folder that holds .git, or to a bare one");
    }
    if (access(path.c_str(), R_OK | X_OK) != 0) {
      return MakeError(ErrorKind::kInvalid, "repository is not readable",
                       path + ": " + std::strerror(errno), "ls -ld " + path);
    }
    return MakeError(ErrorKind::kNotFound, "not a Git repository",
                     path + " exists but holds no Git repository", "git -C " + path + " status");
  }
  return GitError(code, "repository cannot be opened", path);
}

std::string ObjectsPlace(const std::string& path, std::string_view alternate) {
  constexpr std::string_view kObjects = "/objects";
  if (!alternate.ends_with(kObjects)) return path;
  alternate.remove_suffix(kObjects.size());
  return std::string(alternate);
}

std::string FsckHint(const std::string& path, std::string_view alternate) {
  return "git -C " + ObjectsPlace(path, alternate) + " fsck --full; " +
         (alternate.empty() ? "moved aside, it is fetched anew by the next pass, without snapshots"
                            : "once it is repaired or cloned anew, the next pass reads it again");
}

}  // namespace gitops

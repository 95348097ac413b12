#include "engine/os/confinement.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace gitops {
namespace {

constexpr std::array<const char*, 2> kTemporary{"/tmp", "/var/tmp"};

bool IsBeneath(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

/// The first directory on the way to `path` that others cannot pass; `path` itself when all can.
std::string FirstClosed(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    struct stat status {};
    if (stat(part.c_str(), &status) == 0 && (status.st_mode & S_IXOTH) == 0) return part;
  }
  return path;
}

}  // namespace

PrivateView MakePrivateView(const std::string& state_dir, const std::string& kept,
                            const std::string& temporary) {
  PrivateView view;
  view.kept = kept;
  view.temporary = temporary;
  view.hidden = FirstClosed(state_dir);
  for (const char* directory : kTemporary) {
    if (IsBeneath(state_dir, directory)) {
      view.hidden = directory;
      view.hidden_is_open = true;
    } else {
      view.temporary_targets.emplace_back(directory);
    }
  }
  for (std::size_t slash = kept.find('/', view.hidden.size() + 1); slash != std::string::npos;
       slash = kept.find('/', slash + 1)) {
    view.way.push_back(kept.substr(0, slash));
  }
  view.way.push_back(kept);
  return view;
}

bool CanConfine() {
  if (geteuid() != 0) return false;
  // Tried out, since a sandbox may forbid it to root as well.
  const pid_t pid = vfork();
  if (pid == 0) _exit(unshare(CLONE_NEWNS) == 0 ? 0 : 1);
  int status = 1;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace gitops

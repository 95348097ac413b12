#include "engine/os/child_confine.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace gitops {
namespace {

/// "/proc/self/fd/<fd>", without allocating.
class FdPath {
 public:
  explicit FdPath(int fd) {
    constexpr char kPrefix[] = "/proc/self/fd/";
    std::size_t size = 0;
    for (; kPrefix[size] != '\0'; ++size) text_[size] = kPrefix[size];
    char digits[12];
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + fd % 10);
      fd /= 10;
    } while (fd > 0);
    while (count > 0) text_[size++] = digits[--count];
    text_[size] = '\0';
  }
  const char* text() const { return text_; }

 private:
  char text_[32];
};

bool WriteNumber(const char* path, int number) {
  char digits[12];
  char text[12];
  int count = 0;
  std::size_t size = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (count > 0) text[size++] = digits[--count];
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text, size) == static_cast<ssize_t>(size);
  const int error_number = errno;
  close(fd);
  errno = error_number;
  return written;
}

/// Shows what `fd` is at the directory `target`, which may not be reached over a link.
bool BindAt(int fd, const char* target, unsigned long flags) {
  const int there = open(target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (there < 0) return false;
  bool bound = mount(FdPath(fd).text(), FdPath(there).text(), nullptr, MS_BIND, nullptr) == 0;
  close(there);
  if (bound && flags != 0) {
    bound = mount(nullptr, target, nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) == 0;
  }
  return bound;
}

}  // namespace

bool LowerLimit(int resource, std::int64_t value) {
  if (value <= 0) return true;
  const auto kind = static_cast<__rlimit_resource>(resource);
  const auto wanted = static_cast<rlim_t>(value);
  rlimit limit{};
  if (getrlimit(kind, &limit) != 0) return false;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted) limit.rlim_max = wanted;
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
  }
  return setrlimit(kind, &limit) == 0;
}

bool EnterLimits(const Confinement& confinement) {
  for (const std::string& group : confinement.control_groups) {
    if (!WriteNumber(group.c_str(), 0)) return false;
  }
  if (confinement.expendable > 0) {
    // Not worth failing for: a container may hide the file.
    (void)WriteNumber("/proc/self/oom_score_adj", confinement.expendable);
  }
  const rlimit none{0, 0};
  if (confinement.no_core && setrlimit(RLIMIT_CORE, &none) != 0) return false;
  return LowerLimit(RLIMIT_NPROC, confinement.processes) &&
         LowerLimit(RLIMIT_NOFILE, confinement.open_files);
}

bool EnterView(const PrivateView& view) {
  if (unshare(CLONE_NEWNS) != 0) return false;
  // Mounts from outside still arrive here; ours never leave.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  const int kept = open(view.kept.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const int temporary = open(view.temporary.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (kept < 0 || temporary < 0) return false;
  for (const std::string& target : view.temporary_targets) {
    if (!BindAt(temporary, target.c_str(), MS_NOSUID | MS_NODEV)) return false;
  }
  const char* options =
      view.hidden_is_open ? "mode=1777,size=256m,nr_inodes=65536" : "mode=0755,size=64k";
  if (mount("tmpfs", view.hidden.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) {
    return false;
  }
  for (const std::string& part : view.way) {
    if (mkdir(part.c_str(), 0755) != 0 || chmod(part.c_str(), 0755) != 0) return false;
  }
  if (!BindAt(kept, view.kept.c_str(), MS_NOSUID | MS_NODEV)) return false;
  close(kept);
  close(temporary);
  // Best effort: containers forbid it. It takes the ids and arguments of other users' processes
  // away; what those hold is closed to the child's user anyway.
  mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2");
  return true;
}

bool ShowAt(const char* source, const char* target) {
  if (mkdir(target, 0755) != 0 && errno != EEXIST) return false;
  const int fd = open(source, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  const bool shown = BindAt(fd, target, MS_NOSUID | MS_NODEV);
  close(fd);
  return shown;
}

bool DropRights(const Confinement& confinement) {
  if (confinement.user) {
    // Not the C library's: those would change the parent's threads along, whose memory this is.
    const gid_t group = confinement.user->group;
    const uid_t user = confinement.user->user;
    if (syscall(SYS_setgroups, 0, nullptr) != 0) return false;
    if (syscall(SYS_setresgid, group, group, group) != 0) return false;
    if (syscall(SYS_setresuid, user, user, user) != 0) return false;
  }
  return !confinement.no_new_privileges || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

}  // namespace gitops

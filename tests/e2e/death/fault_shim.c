// A preloaded library that makes the n-th system call of a kind fail, or kills the process there; the
// other half of it, clock_shim.c, moves the clock. It acts in the process that loaded it, and where that one's forks start programs: those get a
// complete environment of their own, in which it is not named.
//
//   DEATH_ROOT   only calls on files beneath this directory count (and exec, wait, answer: always)
//   DEATH_CALLS  which calls count, by name: "fsync,rename"; see kGroups for short names
//   DEATH_AT     the number of the call that is hit, from 1; "7+": this and all later ones; 0: none
//   DEATH_DO     EIO, ENOSPC, EMFILE, ENOMEM, EINTR: fail with it; kill-before, kill-after,
//                kill-half (a write of half the bytes, then the kill); stop (SIGSTOP, then go on)
//   DEATH_WHILE  a file: only as long as it is there anything is done
//   DEATH_LOG    a file that gets a line "number call path" for each call that counts
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum Call {
  kOpen, kWrite, kPwrite, kFsync, kFdatasync, kSyncfs, kRename, kLink, kUnlink, kMkdir, kRmdir,
  kFtruncate, kSymlink, kChmod, kExec, kWait, kAnswer, kCalls
};

static const char* const kNames[kCalls] = {
    "open", "write", "pwrite", "fsync", "fdatasync", "syncfs", "rename", "link", "unlink", "mkdir",
    "rmdir", "ftruncate", "symlink", "chmod", "exec", "wait", "answer"};

struct Group {
  const char* name;
  const char* calls;
};
static const struct Group kGroups[] = {
    {"writes", "write,pwrite,ftruncate"},
    {"syncs", "fsync,fdatasync,syncfs"},
    {"renames", "rename,link,unlink,mkdir,rmdir,symlink,chmod"},
    {"points", "fsync,fdatasync,syncfs,rename,link,unlink,mkdir,rmdir,ftruncate,symlink,exec,wait"},
    {"served", "fsync,fdatasync,syncfs,rename,link,unlink,mkdir,rmdir,ftruncate,symlink,exec,answer"},
};

enum Action { kNothing, kFail, kStop, kKillBefore, kKillAfter, kKillHalf };


static pid_t engine_pid;
static char root[PATH_MAX];
static size_t root_size;
static unsigned counted;  // A bit for each Call.
static unsigned long hit_at;
static int hit_later_too;
static enum Action action;
static int error_number;
static char switch_path[PATH_MAX];
static char log_path[PATH_MAX];
static int log_fd = -1;
static atomic_ulong* calls_seen;  // Shared with what the engine forks, which starts its hooks.

// --- Configuration

static unsigned ParseCalls(const char* text) {
  unsigned calls = 0;
  char copy[512];
  snprintf(copy, sizeof copy, "%s", text);
  char* rest = NULL;
  for (char* word = strtok_r(copy, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
    for (size_t i = 0; i < sizeof kGroups / sizeof kGroups[0]; ++i) {
      if (strcmp(word, kGroups[i].name) == 0) calls |= ParseCalls(kGroups[i].calls);
    }
    for (unsigned i = 0; i < kCalls; ++i) {
      if (strcmp(word, kNames[i]) == 0) calls |= 1U << i;
    }
  }
  return calls;
}

static void ParseAction(const char* text) {
  static const struct {
    const char* name;
    enum Action action;
    int error_number;
  } kActions[] = {{"EIO", kFail, EIO},           {"ENOSPC", kFail, ENOSPC}, {"EMFILE", kFail, EMFILE},
                  {"ENOMEM", kFail, ENOMEM},     {"EINTR", kFail, EINTR},   {"kill-before", kKillBefore, 0},
                  {"kill-after", kKillAfter, 0}, {"kill-half", kKillHalf, 0}, {"stop", kStop, 0}};
  for (size_t i = 0; i < sizeof kActions / sizeof kActions[0]; ++i) {
    if (strcmp(text, kActions[i].name) != 0) continue;
    action = kActions[i].action;
    error_number = kActions[i].error_number;
    return;
  }
  fprintf(stderr, "fault_shim: unknown DEATH_DO=%s\n", text);
  _exit(99);
}

static int OpenLog(void) {
  return (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((constructor)) static void Configure(void) {
  const char* text = getenv("DEATH_ROOT");
  if (text == NULL) return;
  snprintf(root, sizeof root, "%s", text);
  root_size = strlen(root);
  if ((text = getenv("DEATH_CALLS")) != NULL) counted = ParseCalls(text);
  if ((text = getenv("DEATH_DO")) != NULL) ParseAction(text);
  if ((text = getenv("DEATH_AT")) != NULL) {
    char* end = NULL;
    hit_at = strtoul(text, &end, 10);
    hit_later_too = *end == '+';
  }
  if ((text = getenv("DEATH_WHILE")) != NULL) snprintf(switch_path, sizeof switch_path, "%s", text);
  if ((text = getenv("DEATH_LOG")) != NULL) {
    snprintf(log_path, sizeof log_path, "%s", text);
    const int fd = OpenLog();
    // Out of the way: the engine may rely on getting the lowest free numbers.
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 200);
    close(fd);
  }
  calls_seen = mmap(NULL, sizeof *calls_seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (calls_seen == MAP_FAILED) _exit(99);
  engine_pid = (pid_t)syscall(SYS_getpid);
}

// --- What a call does here

static int InEngine(void) { return engine_pid != 0 && (pid_t)syscall(SYS_getpid) == engine_pid; }

static void Die(void) {
  kill(engine_pid, SIGKILL);
  // The kernel ends every thread of the engine; a forked child goes on to the end of its own.
  while (InEngine()) pause();
}

static int Beneath(const char* path) {
  return strncmp(path, root, root_size) == 0 && (path[root_size] == '/' || path[root_size] == '\0');
}

static void PathOf(int fd, char* path) {
  char link_name[64];
  snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link_name, path, PATH_MAX - 1);
  path[size > 0 ? size : 0] = '\0';
}

static void PathAt(int directory, const char* name, char* path) {
  if (name[0] == '/' || directory == AT_FDCWD) {
    snprintf(path, PATH_MAX, "%s", name);
    return;
  }
  char above[PATH_MAX];
  PathOf(directory, above);
  if (snprintf(path, PATH_MAX, "%s/%s", above, name) >= PATH_MAX) path[0] = '\0';
}

static void LogHit(unsigned long number, enum Call call, const char* path) {
  if (log_fd < 0) return;
  char line[2 * PATH_MAX + 64];
  const int size = snprintf(line, sizeof line, "%lu %s %s\n", number, kNames[call], path);
  // A child about to exec has closed all descriptors.
  const int fd = InEngine() ? log_fd : OpenLog();
  if (size > 0) syscall(SYS_write, fd, line, (size_t)size);
  if (fd != log_fd) syscall(SYS_close, fd);
}

/// Counts one call. The action that is to be carried out, kNothing for all but the one that is hit.
static enum Action Meet(enum Call call, const char* path) {
  const unsigned long number = atomic_fetch_add(calls_seen, 1) + 1;
  LogHit(number, call, path);
  if (switch_path[0] != '\0' && access(switch_path, F_OK) != 0) return kNothing;
  if (hit_at == 0 || (hit_later_too ? number < hit_at : number != hit_at)) return kNothing;
  if (action == kKillBefore) Die();
  if (action == kStop) kill(engine_pid, SIGSTOP);
  return action;
}

static enum Action MeetPath(enum Call call, const char* path) {
  if ((counted & 1U << call) == 0 || !InEngine() || !Beneath(path)) return kNothing;
  return Meet(call, path);
}

static enum Action MeetAt(enum Call call, int directory, const char* name) {
  if ((counted & 1U << call) == 0 || !InEngine()) return kNothing;
  char path[PATH_MAX];
  PathAt(directory, name, path);
  return MeetPath(call, path);
}

/// What appears at `to` comes from `from`; the log names both, with a tab between.
static enum Action MeetMove(enum Call call, int from_dir, const char* from, int to_dir, const char* to) {
  if ((counted & 1U << call) == 0 || !InEngine()) return kNothing;
  char path[2 * PATH_MAX + 2];
  char source[PATH_MAX];
  PathAt(to_dir, to, path);
  if (!Beneath(path)) return kNothing;
  PathAt(from_dir, from, source);
  const size_t size = strlen(path);
  snprintf(path + size, sizeof path - size, "\t%s", source);
  return Meet(call, path);
}

static enum Action MeetFd(enum Call call, int fd) {
  if ((counted & 1U << call) == 0 || !InEngine()) return kNothing;
  char path[PATH_MAX];
  PathOf(fd, path);
  return MeetPath(call, path);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, #name)

/// Carries the call out, or fails it, or dies after it.
#define CARRY_OUT(meeting, failure, call) \
  do { \
    const enum Action what = (meeting); \
    if (what == kFail) { \
      errno = error_number; \
      return (failure); \
    } \
    __typeof__(call) result = (call); \
    if (what == kKillAfter || what == kKillHalf) Die(); \
    return result; \
  } while (0)

// --- The calls

#define OPEN_MODE(flags, last) \
  mode_t mode = 0; \
  if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list rest; \
    va_start(rest, last); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char* path, int flags, ...) {
  OPEN_MODE(flags, flags)
  REAL(open);
  CARRY_OUT(MeetPath(kOpen, path), -1, real(path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  OPEN_MODE(flags, flags)
  REAL(open64);
  CARRY_OUT(MeetPath(kOpen, path), -1, real(path, flags, mode));
}
int openat(int directory, const char* path, int flags, ...) {
  OPEN_MODE(flags, flags)
  REAL(openat);
  CARRY_OUT(MeetAt(kOpen, directory, path), -1, real(directory, path, flags, mode));
}
int openat64(int directory, const char* path, int flags, ...) {
  OPEN_MODE(flags, flags)
  REAL(openat64);
  CARRY_OUT(MeetAt(kOpen, directory, path), -1, real(directory, path, flags, mode));
}
int creat(const char* path, mode_t mode) {
  REAL(creat);
  CARRY_OUT(MeetPath(kOpen, path), -1, real(path, mode));
}
DIR* opendir(const char* path) {
  REAL(opendir);
  CARRY_OUT(MeetPath(kOpen, path), NULL, real(path));
}

static size_t Half(enum Action what, size_t size) { return what == kKillHalf ? size / 2 : size; }

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(write);
  const enum Action met = MeetFd(kWrite, fd);
  CARRY_OUT(met, -1, real(fd, bytes, Half(met, size)));
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  REAL(pwrite);
  const enum Action met = MeetFd(kPwrite, fd);
  CARRY_OUT(met, -1, real(fd, bytes, Half(met, size), offset));
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  REAL(pwrite64);
  const enum Action met = MeetFd(kPwrite, fd);
  CARRY_OUT(met, -1, real(fd, bytes, Half(met, size), offset));
}
int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  CARRY_OUT(MeetFd(kFtruncate, fd), -1, real(fd, size));
}
int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  CARRY_OUT(MeetFd(kFtruncate, fd), -1, real(fd, size));
}
int fsync(int fd) {
  REAL(fsync);
  CARRY_OUT(MeetFd(kFsync, fd), -1, real(fd));
}
int fdatasync(int fd) {
  REAL(fdatasync);
  CARRY_OUT(MeetFd(kFdatasync, fd), -1, real(fd));
}
int syncfs(int fd) {
  REAL(syncfs);
  CARRY_OUT(MeetFd(kSyncfs, fd), -1, real(fd));
}
int rename(const char* from, const char* to) {
  REAL(rename);
  CARRY_OUT(MeetMove(kRename, AT_FDCWD, from, AT_FDCWD, to), -1, real(from, to));
}
int renameat(int from_dir, const char* from, int to_dir, const char* to) {
  REAL(renameat);
  CARRY_OUT(MeetMove(kRename, from_dir, from, to_dir, to), -1, real(from_dir, from, to_dir, to));
}
int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  REAL(renameat2);
  CARRY_OUT(MeetMove(kRename, from_dir, from, to_dir, to), -1, real(from_dir, from, to_dir, to, flags));
}
int link(const char* from, const char* to) {
  REAL(link);
  CARRY_OUT(MeetMove(kLink, AT_FDCWD, from, AT_FDCWD, to), -1, real(from, to));
}
int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) {
  REAL(linkat);
  CARRY_OUT(MeetMove(kLink, from_dir, from, to_dir, to), -1, real(from_dir, from, to_dir, to, flags));
}
int unlink(const char* path) {
  REAL(unlink);
  CARRY_OUT(MeetPath(kUnlink, path), -1, real(path));
}
int unlinkat(int directory, const char* path, int flags) {
  REAL(unlinkat);
  CARRY_OUT(MeetAt(kUnlink, directory, path), -1, real(directory, path, flags));
}
int rmdir(const char* path) {
  REAL(rmdir);
  CARRY_OUT(MeetPath(kRmdir, path), -1, real(path));
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  CARRY_OUT(MeetPath(kMkdir, path), -1, real(path, mode));
}
int mkdirat(int directory, const char* path, mode_t mode) {
  REAL(mkdirat);
  CARRY_OUT(MeetAt(kMkdir, directory, path), -1, real(directory, path, mode));
}
int symlinkat(const char* target, int directory, const char* path) {
  REAL(symlinkat);
  CARRY_OUT(MeetAt(kSymlink, directory, path), -1, real(target, directory, path));
}
int fchmod(int fd, mode_t mode) {
  REAL(fchmod);
  CARRY_OUT(MeetFd(kChmod, fd), -1, real(fd, mode));
}

// Programs are started by processes that the engine has forked, directly or not.
int execve(const char* path, char* const argv[], char* const environment[]) {
  REAL(execve);
  if (engine_pid != 0 && (counted & 1U << kExec) != 0 && !InEngine()) {
    const enum Action what = Meet(kExec, path);
    if (what == kFail) {
      errno = error_number;
      return -1;
    }
    if (what == kKillAfter || what == kKillHalf) Die();
  }
  return real(path, argv, environment);
}

pid_t waitpid(pid_t pid, int* status, int options) {
  REAL(waitpid);
  const pid_t result = real(pid, status, options);
  if (result > 0 && (counted & 1U << kWait) != 0 && InEngine()) {
    if (Meet(kWait, "child") >= kKillAfter) Die();
  }
  return result;
}

// The engine hears of the end of a hook through a socket.
ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  REAL(recv);
  const ssize_t result = real(fd, bytes, size, flags);
  if (result > 0 && (counted & 1U << kWait) != 0 && InEngine()) {
    if (Meet(kWait, "message") >= kKillAfter) Die();
  }
  return result;
}

// What a client of the daemon gets to read.
ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
  REAL(sendmsg);
  const int counts = (counted & 1U << kAnswer) != 0 && InEngine();
  CARRY_OUT(counts ? Meet(kAnswer, "socket") : kNothing, -1, real(fd, message, flags));
}
ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  REAL(send);
  const int counts = (counted & 1U << kAnswer) != 0 && InEngine();
  CARRY_OUT(counts ? Meet(kAnswer, "socket") : kNothing, -1, real(fd, bytes, size, flags));
}

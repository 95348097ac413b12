#include "engine/os/child_start.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "engine/os/child_confine.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

/// Where the child failed, for the message; written to the status pipe with errno.
enum class ChildStep : int { kSetup, kDirectory, kLimit, kView, kRights, kExec };

struct ChildFailure {
  ChildStep step = ChildStep::kSetup;
  int error_number = 0;
};

/// All that the child needs, laid out before vfork: it may not allocate.
struct ChildPlan {
  const char* program = nullptr;
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* directory = nullptr;
  const std::vector<BindMount>* mounts = nullptr;
  const Confinement* confinement = nullptr;
  ChildStreams streams;
  int status_fd = -1;
  pid_t parent = 0;
  rlim_t memory = RLIM_INFINITY;
  rlim_t file_size = RLIM_INFINITY;
  int umask = -1;
  bool interactive = false;
  bool die_with_parent = true;
};

// --- In the child, between vfork and exec: async-signal-safe calls on the parent's memory, which
// --- is only read.

[[noreturn]] void Fail(const ChildPlan& plan, ChildStep step, int error_number) {
  const ChildFailure failure{step, error_number};
  [[maybe_unused]] const ssize_t written = write(plan.status_fd, &failure, sizeof failure);
  _exit(127);
}

void ResetSignals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void CloseFrom(unsigned int first) {
  if (syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
  // A kernel before 5.9, or a sandbox without the call.
  rlimit limit{};
  const rlim_t most = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
  const int end = most > 65536 ? 65536 : static_cast<int>(most);
  for (int fd = static_cast<int>(first); fd < end; ++fd) close(fd);
}

/// Puts the streams on 0 to 2 and the status pipe on 3; closes everything else.
int ArrangeDescriptors(const ChildPlan& plan) {
  int status_fd = fcntl(plan.status_fd, F_DUPFD_CLOEXEC, 10);
  if (status_fd < 0) return -1;
  int streams[3] = {plan.streams.input, plan.streams.output, plan.streams.error};
  for (int& fd : streams) {
    if (fd >= 0) {
      fd = fcntl(fd, F_DUPFD_CLOEXEC, 10);
      if (fd < 0) return -1;
    }
  }
  for (int target = 0; target < 3; ++target) {
    if (streams[target] >= 0) {
      if (dup2(streams[target], target) < 0) return -1;
    } else if (!plan.interactive) {
      const int null = open("/dev/null", O_RDWR);
      if (null < 0) return -1;
      if (null != target && (dup2(null, target) < 0 || close(null) < 0)) return -1;
    }
  }
  if (dup3(status_fd, 3, O_CLOEXEC) < 0) return -1;
  CloseFrom(4);
  return 3;
}

bool SetLimit(int resource, rlim_t value) {
  if (value == RLIM_INFINITY) return true;
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return false;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value) value = limit.rlim_max;
  limit = {value, value};
  return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

/// Best effort: a sandbox may forbid mounts to root too.
void MountAll(const std::vector<BindMount>& mounts) {
  if (mounts.empty() || unshare(CLONE_NEWNS) != 0) return;
  // Mounts from outside still arrive here; ours never leave.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return;
  for (const BindMount& bind : mounts) {
    mount(bind.source.c_str(), bind.target.c_str(), nullptr, MS_BIND, nullptr);
  }
}

/// Its view of the machine's files.
void ArrangeFiles(const ChildPlan& plan) {
  if (!plan.confinement->view) {
    MountAll(*plan.mounts);
  } else if (!EnterView(*plan.confinement->view)) {
    Fail(plan, ChildStep::kView, errno);
  } else {
    for (const BindMount& bind : *plan.mounts) {
      if (!ShowAt(bind.source.c_str(), bind.target.c_str())) Fail(plan, ChildStep::kView, errno);
    }
  }
  if (plan.directory != nullptr && chdir(plan.directory) != 0) {
    Fail(plan, ChildStep::kDirectory, errno);
  }
}

[[noreturn]] void RunChild(ChildPlan& plan) {
  const int status_fd = ArrangeDescriptors(plan);
  if (status_fd < 0) Fail(plan, ChildStep::kSetup, errno);
  plan.status_fd = status_fd;
  // setsid gives a group of its own too, and no terminal that could stop or signal it.
  const bool grouped = plan.interactive ? setpgid(0, 0) == 0 : setsid() >= 0;
  if (!grouped) Fail(plan, ChildStep::kSetup, errno);
  if (plan.interactive && isatty(0) == 1) tcsetpgrp(0, getpid());  // All signals are blocked here.
  if (!EnterLimits(*plan.confinement)) Fail(plan, ChildStep::kLimit, errno);
  ArrangeFiles(plan);
  if (plan.umask >= 0) umask(static_cast<mode_t>(plan.umask));
  // What a program holds in memory, secrets too, is not written down when it crashes.
  if (!plan.interactive && !SetLimit(RLIMIT_CORE, 0)) Fail(plan, ChildStep::kLimit, errno);
  if (!SetLimit(RLIMIT_AS, plan.memory) || !SetLimit(RLIMIT_FSIZE, plan.file_size)) {
    Fail(plan, ChildStep::kLimit, errno);
  }
  if (!DropRights(*plan.confinement)) Fail(plan, ChildStep::kRights, errno);
  if (plan.die_with_parent) {
    // After the change of users, which takes it back.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Fail(plan, ChildStep::kSetup, errno);
    if (getppid() != plan.parent) _exit(127);  // It died before the line above.
  }
  ResetSignals();
  execve(plan.program, plan.argv.data(), plan.environment.data());
  Fail(plan, ChildStep::kExec, errno);
}

// --- In the parent

/// vfork suspends this thread until the child's exec or exit. Nothing of this frame is changed by
/// the child, so returning twice is safe.
__attribute__((noinline)) pid_t Fork(ChildPlan& plan) {
  const pid_t pid = vfork();
  if (pid == 0) RunChild(plan);
  return pid;
}

Error Unusable(const std::string& what, const std::string& why) {
  return MakeError(ErrorKind::kInvalid, "a program cannot be started", what + " " + why);
}

Status CheckText(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) return Unusable("the program", "has no name");
  for (const std::string& argument : spec.argv) {
    if (argument.find('\0') != std::string::npos) {
      return Unusable("an argument", "holds a NUL byte");
    }
  }
  for (const auto& [name, value] : spec.environment) {
    if (name.empty() || name.find('=') != std::string::npos ||
        name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
      return Unusable("the environment variable \"" + name + "\"",
                      "has no usable name, or a NUL byte in its value");
    }
  }
  return {};
}

/// The path to execute: argv[0] itself when it names a directory, else the first match in PATH.
Result<std::string> FindProgram(const ProcessSpec& spec) {
  const std::string& name = spec.argv[0];
  if (name.find('/') != std::string::npos) return name;
  const auto path = spec.environment.find("PATH");
  const std::string directories = path == spec.environment.end() ? "" : path->second;
  for (std::size_t begin = 0; begin < directories.size();) {
    std::size_t end = directories.find(':', begin);
    if (end == std::string::npos) end = directories.size();
    const std::string candidate = directories.substr(begin, end - begin) + "/" + name;
    begin = end + 1;
    struct stat status {};
    if (candidate[0] == '/' && stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return MakeError(ErrorKind::kNotFound, "no such program",
                   "\"" + name + "\" is in none of the directories of PATH (" + directories + ")",
                   "install it, e.g. with `apt-get install`");
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Error Explain(const ProcessSpec& spec, const std::string& program, const ChildFailure& failure) {
  const int number = failure.error_number;
  switch (failure.step) {
    case ChildStep::kDirectory:
      return SystemError("cannot enter the working directory", spec.working_directory, number);
    case ChildStep::kLimit:
      return SystemError("cannot set the limits of a program", program, number);
    case ChildStep::kView:
      return SystemError("cannot give a program its own view of the files", program, number);
    case ChildStep::kRights:
      return SystemError("cannot run a program as another user", program, number);
    case ChildStep::kSetup:
      return SystemError("cannot prepare a program", program, number);
    case ChildStep::kExec:
      break;
  }
  if (number == ENOEXEC) {
    return MakeError(ErrorKind::kInvalid, "not a program",
                     "\"" + program +
                         "\" is neither a binary of this machine nor a script that "
                         "names its interpreter",
                     "start the script with a line such as `#!/bin/sh`");
  }
  struct stat status {};
  if (number == ENOENT && stat(program.c_str(), &status) == 0) {
    return MakeError(ErrorKind::kInvalid, "the interpreter of a script is missing",
                     "\"" + program + "\" names an interpreter in its first line that is not here",
                     "look at it with `head -1 '" + program +
                         "'`; install the interpreter, and "
                         "end the line with LF, not CR LF");
  }
  return SystemError("a program cannot be started", program, number);
}

/// Blocks all signals in this thread as long as it lives, so that no handler runs in the child on
/// our memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// One attempt. On failure of the child's setup `failure` says why and the result is 0.
Result<pid_t> TryStart(ChildPlan plan, ChildFailure& failure) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot make a pipe", plan.program, errno);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  plan.status_fd = write_end.get();
  plan.parent = getpid();
  pid_t pid = -1;
  int fork_error = 0;
  {
    const SignalsBlocked blocked;
    pid = Fork(plan);
    fork_error = errno;
  }
  if (pid < 0) return SystemError("cannot start another process", plan.program, fork_error);
  write_end.Reset();
  ssize_t count = 0;
  do {
    count = read(read_end.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return pid;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return pid_t{0};
}

}  // namespace

Result<pid_t> StartChild(const ProcessSpec& spec, const ChildStreams& streams) {
  RETURN_IF_ERROR(CheckText(spec));
  ASSIGN_OR_RETURN(const std::string program, FindProgram(spec));
  std::vector<std::string> argv = spec.argv;
  std::vector<std::string> environment;
  environment.reserve(spec.environment.size());
  for (const auto& [name, value] : spec.environment) environment.push_back(name + "=" + value);

  ChildPlan plan;
  plan.program = program.c_str();
  plan.argv = Pointers(argv);
  plan.environment = Pointers(environment);
  if (!spec.working_directory.empty()) plan.directory = spec.working_directory.c_str();
  plan.mounts = &spec.bind_mounts;
  plan.confinement = &spec.confinement;
  plan.streams = streams;
  if (spec.memory_limit_bytes > 0) plan.memory = static_cast<rlim_t>(spec.memory_limit_bytes);
  if (spec.file_size_limit_bytes > 0) {
    plan.file_size = static_cast<rlim_t>(spec.file_size_limit_bytes);
  }
  plan.umask = spec.umask.value_or(-1);
  plan.interactive = spec.interactive;
  plan.die_with_parent = spec.die_with_parent;

  // A script that was written a moment ago may still be open in a child that another thread is just
  // starting; it lets go at its exec, so a few short waits are enough.
  constexpr int kBusyTries = 200;
  ChildFailure failure;
  for (int tries = 0; tries < kBusyTries; ++tries) {
    failure = {};
    ASSIGN_OR_RETURN(const pid_t pid, TryStart(plan, failure));
    if (pid > 0) return pid;
    if (failure.error_number != ETXTBSY) break;
    poll(nullptr, 0, 5);
  }
  return Explain(spec, program, failure);
}

}  // namespace gitops

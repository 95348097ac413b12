#include "engine/os/nursery.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/os/child_wire.h"
#include "engine/os/descriptor_message.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

/// A fork takes less than a millisecond; a machine that is out of memory needs longer.
constexpr int kAnswerLimitMs = 10'000;
/// So many copies share one layout of memory.
constexpr int kMostCopies = 1'000;
constexpr std::size_t kStreams = 3;
/// What the nursery does not heed, and its copies do.
constexpr std::array<int, 4> kUnheeded{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// What the nursery answers.
struct Answer {
  pid_t child = 0;
  int error_number = 0;
};

// --- The program

/// Its memory is laid out anew; connection and process id stay.
void StartAnew() {
  std::vector<char*> argv;
  std::array<char, 4096> buffer{};
  const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd < 0 ? -1 : read(fd, buffer.data(), buffer.size() - 1);
  if (fd >= 0) close(fd);
  const std::size_t end = size < 0 ? 0 : static_cast<std::size_t>(size);
  for (std::size_t at = 0; at < end; at += std::strlen(&buffer[at]) + 1) {
    argv.push_back(&buffer[at]);
  }
  argv.push_back(nullptr);
  if (argv.size() > 1) execv("/proc/self/exe", argv.data());
  // When that cannot be, the old one goes on.
}

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  _exit(127);
}

bool SetLimit(__rlimit_resource resource, std::int64_t value) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min(limit.rlim_max, static_cast<rlim_t>(value));
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) == 0;
}

/// As the program has them that is started for itself.
void TakeSignals() {
  for (const int number : kUnheeded) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void SetEnvironment(const ProcessSpec& spec) {
  clearenv();
  for (const auto& [name, value] : spec.environment) setenv(name.c_str(), value.c_str(), 1);
}

/// Everything that StartChild does before the program begins.
[[noreturn]] void BeginCopy(const ProcessSpec& spec, const std::vector<UniqueFd>& streams,
                            pid_t engine, const NurseryWork& work) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(127);
  if (getppid() != engine) _exit(127);  // It died before the line above.
  for (std::size_t i = 0; i < kStreams; ++i) {
    if (dup2(streams[i].get(), static_cast<int>(i)) < 0) _exit(127);
  }
  if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0) {
    for (int fd = 3; fd < 4096; ++fd) close(fd);
  }
  if (setsid() < 0) Fail("setsid");
  TakeSignals();
  SetEnvironment(spec);
  if (spec.umask) umask(static_cast<mode_t>(*spec.umask));
  if (!SetLimit(RLIMIT_CORE, 0)) Fail("core limit");
  if (spec.memory_limit_bytes > 0 && !SetLimit(RLIMIT_AS, spec.memory_limit_bytes)) {
    Fail("memory limit");
  }
  if (spec.file_size_limit_bytes > 0 && !SetLimit(RLIMIT_FSIZE, spec.file_size_limit_bytes)) {
    Fail("file size limit");
  }
  _exit(work.work());
}

void AnswerRequest(const std::string& bytes, const std::vector<UniqueFd>& streams, pid_t engine,
                   const NurseryWork& work) {
  Answer answer;
  const Result<ProcessSpec> spec = DecodeSpec(bytes);
  if (!spec || streams.size() != kStreams) {
    answer.error_number = EPROTO;
  } else {
    work.prepare(*spec);
    // Its parent is the engine, which waits for it as for every other child.
    const auto pid = static_cast<pid_t>(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
    if (pid == 0) BeginCopy(*spec, streams, engine, work);
    answer.child = pid < 0 ? 0 : pid;
    answer.error_number = pid < 0 ? errno : 0;
  }
  [[maybe_unused]] const ssize_t sent = send(STDIN_FILENO, &answer, sizeof answer, MSG_NOSIGNAL);
}

// --- The engine

bool Await(int connection, int limit_ms, Answer& answer) {
  pollfd ready{connection, POLLIN, 0};
  int count = 0;
  do {
    count = poll(&ready, 1, limit_ms);
  } while (count < 0 && errno == EINTR);
  return count > 0 && recv(connection, &answer, sizeof answer, MSG_DONTWAIT) == sizeof answer;
}

}  // namespace

bool IsNurseryConnection(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int ServeNursery(const NurseryWork& work) {
  // It ends when the engine lets go of it, and not before: the engine may still need copies while
  // it puts things in order.
  for (const int number : kUnheeded) signal(number, SIG_IGN);
  const pid_t engine = getppid();
  for (int copies = 0;; ++copies) {
    if (copies == kMostCopies) StartAnew();
    // A specification with three streams, or nothing, which asks for a renewal.
    const auto request = ReceiveMessage(STDIN_FILENO);
    if (!request) return 0;  // The engine is gone.
    if (request->descriptors.empty()) {
      StartAnew();
      continue;
    }
    AnswerRequest(request->bytes, request->descriptors, engine, work);
  }
}

Result<std::unique_ptr<Nursery>> Nursery::Start(const ProcessSpec& spec) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("cannot start a program", "socketpair", errno);
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  ASSIGN_OR_RETURN(const pid_t pid, StartChild(spec, {theirs.get(), -1, -1}));
  return std::unique_ptr<Nursery>(new Nursery(std::move(ours), pid, spec.argv));
}

Nursery::~Nursery() {
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<pid_t> Nursery::Fork(const ProcessSpec& spec, const ChildStreams& streams) const {
  std::string bytes = EncodeSpec(spec);
  if (bytes.size() > kMaxMessage || streams.input < 0 || streams.output < 0 || streams.error < 0) {
    return MakeError(ErrorKind::kInvalid, "a program cannot be started",
                     "a copy of " + spec.argv[0] + " has all streams and few words");
  }
  const std::lock_guard lock(mutex_);
  if (gone_.load()) return GiveUp("it is gone");
  if (!SendMessage(connection_.get(), bytes, {streams.input, streams.output, streams.error})) {
    return GiveUp(ErrnoText(errno));
  }
  Answer answer;
  if (!Await(connection_.get(), kAnswerLimitMs, answer)) return GiveUp("it does not answer");
  if (answer.child > 0) return answer.child;
  return GiveUp(ErrnoText(answer.error_number));
}

/// Ends it, and a copy that it made without our hearing of it.
Result<pid_t> Nursery::GiveUp(const std::string& why) const {
  if (!gone_.exchange(true)) {
    kill(pid_, SIGKILL);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    Answer late;
    if (Await(connection_.get(), 0, late) && late.child > 0) {
      kill(late.child, SIGKILL);
      while (waitpid(late.child, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  return MakeError(ErrorKind::kTransient, "a program that is kept ready is gone",
                   argv_[0] + ": " + why);
}

void Nursery::Renew() const {
  const std::lock_guard lock(mutex_);
  const char nothing = 0;
  if (!gone_.load()) send(connection_.get(), &nothing, sizeof nothing, MSG_NOSIGNAL);
}

}  // namespace gitops

#include "engine/os/warden.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "engine/os/atomic_file.h"
#include "engine/os/child_wire.h"
#include "engine/os/descriptor_message.h"
#include "engine/os/guard.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

/// Forking and executing takes a millisecond; a machine that is out of memory needs longer.
constexpr int kAnswerLimitMs = 60'000;
/// A released guard is asked again long after it had to say that it waits: only one that is stopped
/// has not said it by then.
constexpr int kIdleLimitMs = 10;
/// More guards than that are not kept waiting.
constexpr std::size_t kMostReleased = 16;
constexpr std::string_view kMakeGuard = "guard";

Error NoWarden(const std::string& why) {
  return MakeError(ErrorKind::kTransient, "the warden of hooks is gone",
                   why + "; nothing was started", "start the command again");
}

// --- The process

/// Lets go of everything that belongs to the engine: its terminal, its files (a lock that is still
/// open here would outlive it), its directory.
void Detach(int connection) {
  setsid();
  prctl(PR_SET_NAME, "tfgrid-warden");
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) signal(number, SIG_IGN);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  dup2(connection, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  if (syscall(SYS_close_range, 4U, ~0U, 0U) != 0) {
    for (int fd = 4; fd < 4096; ++fd) close(fd);
  }
  [[maybe_unused]] const int moved = chdir("/");
}

[[noreturn]] void RunWarden(int connection) {
  Detach(connection);
  // Guards that end need nobody to take notice.
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  action.sa_flags = SA_NOCLDWAIT;
  sigaction(SIGCHLD, &action, nullptr);
  while (true) {
    auto request = ReceiveMessage(3);
    if (!request) _exit(0);
    if (request->descriptors.empty()) continue;
    if (fork() == 0) {
      close(3);
      signal(SIGCHLD, SIG_DFL);
      RunGuard(std::move(request->descriptors.front()));
    }
    // When fork failed, the closed connection tells the engine.
  }
}

// --- The engine

Result<UniqueFd> StoreSpec(const std::string& spec) {
  UniqueFd fd(memfd_create("program", MFD_CLOEXEC));
  if (!fd) return SystemError("cannot describe a program", "memfd", errno);
  RETURN_IF_ERROR(WriteAll(fd.get(), "memfd", spec));
  if (lseek(fd.get(), 0, SEEK_SET) != 0) {
    return SystemError("cannot describe a program", "memfd", errno);
  }
  return fd;
}

/// What a guard is told to start.
class Request {
 public:
  static Result<Request> Make(const ProcessSpec& spec, const ChildStreams& streams) {
    Request made;
    GuardRequest request;
    request.spec = EncodeSpec(spec);
    if (request.spec.size() > kMaxMessage - kRequestHead) {
      ASSIGN_OR_RETURN(made.file_, StoreSpec(request.spec));
      made.descriptors_.push_back(made.file_.get());
      request.spec.clear();
    }
    const std::array<int, 3> numbers{streams.input, streams.output, streams.error};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      request.streams[i] = numbers[i] >= 0;
      if (request.streams[i]) made.descriptors_.push_back(numbers[i]);
    }
    made.bytes_ = EncodeGuardRequest(request);
    return made;
  }

  bool SendTo(const GuardHandle& guard) const {
    return SendMessage(guard.control.get(), bytes_, descriptors_);
  }

 private:
  std::string bytes_;
  std::vector<int> descriptors_;
  UniqueFd file_;
};

Error GuardWasKilled() {
  return MakeError(ErrorKind::kUnknownOutcome, "the guard of a program was killed",
                   "at its start; the program was ended with it");
}

/// Waits for what a guard has to say. Its `pid` is 0 before it has said who it is.
Result<GuardNews> AwaitNews(const GuardHandle& guard) {
  constexpr int kSliceMs = 100;
  for (int waited = 0; waited < kAnswerLimitMs;) {
    pollfd ready{guard.control.get(), POLLIN, 0};
    const int count = poll(&ready, 1, kSliceMs);
    if (count > 0) {
      const auto message = ReceiveMessage(guard.control.get());
      if (message) return DecodeNews(message->bytes);
      if (guard.pid == 0) return NoWarden("it started no guard");
      return GuardWasKilled();
    }
    if (count < 0) continue;
    waited += kSliceMs;
    if (guard.pid > 0) kill(guard.pid, SIGCONT);  // The child may have stopped it.
  }
  return NoWarden("it does not answer");
}

/// True when the guard has said that it waits for a child.
bool IsIdle(const GuardHandle& guard) {
  pollfd ready{guard.control.get(), POLLIN, 0};
  if (poll(&ready, 1, kIdleLimitMs) <= 0) return false;
  const auto message = ReceiveMessage(guard.control.get());
  const auto news = message ? DecodeNews(message->bytes) : GuardWasKilled();
  return news && news->kind == GuardNews::Kind::kIdle;
}

/// Lets a guard end that has no child to guard.
void Dismiss(GuardHandle guard) {
  guard.control.Reset();
  kill(guard.pid, SIGCONT);  // A stopped one would stay for ever.
}

}  // namespace

Result<std::unique_ptr<Warden>> Warden::Start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("cannot start the warden of hooks", "socketpair", errno);
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return SystemError("cannot start the warden of hooks", "fork", errno);
  if (pid == 0) RunWarden(theirs.get());
  return std::unique_ptr<Warden>(new Warden(std::move(ours), pid));
}

Warden::~Warden() {
  for (GuardHandle& guard : released_) Dismiss(std::move(guard));
  connection_.Reset();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<GuardHandle> Warden::MakeGuard() const {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("cannot start a program", "socketpair", errno);
  }
  GuardHandle guard;
  guard.control = UniqueFd(ends[0]);
  {
    const UniqueFd theirs(ends[1]);
    if (!SendMessage(connection_.get(), kMakeGuard, {theirs.get()})) {
      return NoWarden(ErrnoText(errno));
    }
  }
  ASSIGN_OR_RETURN(const GuardNews news, AwaitNews(guard));
  if (news.kind != GuardNews::Kind::kReady) return news.error;
  guard.pid = news.guard;
  return guard;
}

std::optional<GuardHandle> Warden::TakeIdle() const {
  while (true) {
    GuardHandle guard;
    {
      const std::lock_guard lock(mutex_);
      if (released_.empty()) return std::nullopt;
      guard = std::move(released_.front());
      released_.pop_front();
    }
    if (IsIdle(guard)) return guard;
    Dismiss(std::move(guard));
  }
}

void Warden::TakeBack(GuardHandle guard) const {
  {
    const std::lock_guard lock(mutex_);
    if (released_.size() < kMostReleased) {
      released_.push_back(std::move(guard));
      return;
    }
  }
  Dismiss(std::move(guard));
}

Result<GuardedStart> Warden::StartGuarded(const ProcessSpec& spec,
                                          const ChildStreams& streams) const {
  ASSIGN_OR_RETURN(const Request request, Request::Make(spec, streams));
  std::optional<GuardHandle> guard = TakeIdle();
  // One that was killed while it waited has started nothing.
  if (!guard || !request.SendTo(*guard)) {
    ASSIGN_OR_RETURN(guard, MakeGuard());
    if (!request.SendTo(*guard)) return NoWarden(ErrnoText(errno));
  }
  ASSIGN_OR_RETURN(const GuardNews news, AwaitNews(*guard));
  if (news.kind != GuardNews::Kind::kStarted) return news.error;
  return GuardedStart{.child = news.number, .guard = *std::move(guard)};
}

}  // namespace gitops

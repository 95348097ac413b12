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
#include <cstring>
#include <string>
#include <vector>

#include "engine/os/atomic_file.h"
#include "engine/os/child_wire.h"
#include "engine/os/guard.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

/// Forking and executing takes a millisecond; a machine that is out of memory needs longer.
constexpr int kAnswerLimitMs = 60'000;
constexpr std::size_t kMaxNews = 64 * 1024;
constexpr int kMostDescriptors = 5;

/// Which descriptors come with a request: the specification, the guard's connection, and those of
/// the streams 0 to 2 that are set.
struct Request {
  std::array<bool, 3> streams{};
};

/// Room for the descriptors of one message.
union Ancillary {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int) * kMostDescriptors)];
};

Error NoWarden(const std::string& why) {
  return MakeError(ErrorKind::kTransient, "the warden of hooks is gone",
                   why + "; nothing was started", "start the command again");
}

// --- The process

/// Receives one request. False when the engine is gone.
bool Receive(int connection, Request& request, std::vector<UniqueFd>& descriptors) {
  Ancillary ancillary{};
  iovec data{&request, sizeof request};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.bytes;
  message.msg_controllen = sizeof ancillary.bytes;
  ssize_t count = 0;
  do {
    count = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t size = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < size; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return count == static_cast<ssize_t>(sizeof request);
}

[[noreturn]] void BecomeGuard(const Request& request, std::vector<UniqueFd> descriptors) {
  signal(SIGCHLD, SIG_DFL);
  UniqueFd streams[3];
  std::size_t next = 2;
  for (std::size_t i = 0; i < 3; ++i) {
    if (request.streams[i] && next < descriptors.size())
      streams[i] = std::move(descriptors[next++]);
  }
  RunGuard(std::move(descriptors[1]), std::move(descriptors[0]), streams);
}

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
    Request request;
    std::vector<UniqueFd> descriptors;
    if (!Receive(3, request, descriptors)) _exit(0);
    if (descriptors.size() < 2) continue;
    if (fork() == 0) {
      close(3);
      BecomeGuard(request, std::move(descriptors));
    }
    // When fork failed, the closed connection tells the engine.
  }
}

// --- The engine

Result<UniqueFd> StoreSpec(const ProcessSpec& spec) {
  UniqueFd fd(memfd_create("program", MFD_CLOEXEC));
  if (!fd) return SystemError("cannot describe a program", "memfd", errno);
  RETURN_IF_ERROR(WriteAll(fd.get(), "memfd", EncodeSpec(spec)));
  if (lseek(fd.get(), 0, SEEK_SET) != 0) {
    return SystemError("cannot describe a program", "memfd", errno);
  }
  return fd;
}

Status Send(int connection, Request request, const std::vector<int>& descriptors) {
  Ancillary ancillary{};
  iovec data{&request, sizeof request};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.bytes;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
  std::memcpy(CMSG_DATA(part), descriptors.data(), sizeof(int) * descriptors.size());
  ssize_t sent = 0;
  do {
    sent = sendmsg(connection, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return NoWarden(ErrnoText(errno));
  return {};
}

Result<GuardNews> ReceiveNews(int control, pid_t guard) {
  std::string bytes(kMaxNews, '\0');
  const ssize_t size = recv(control, bytes.data(), bytes.size(), 0);
  if (size <= 0 && guard == 0) return NoWarden("it started no guard");
  if (size <= 0) {
    return MakeError(ErrorKind::kUnknownOutcome, "the guard of a program was killed",
                     "at its start; the program was ended with it");
  }
  return DecodeNews(std::string_view(bytes).substr(0, static_cast<std::size_t>(size)));
}

/// Waits until the guard has said who it is, and then what became of the start.
Result<GuardNews> AwaitStart(int control) {
  constexpr int kSliceMs = 100;
  pid_t guard = 0;
  for (int waited = 0; waited < kAnswerLimitMs;) {
    pollfd ready{control, POLLIN, 0};
    const int count = poll(&ready, 1, kSliceMs);
    if (count > 0) {
      ASSIGN_OR_RETURN(GuardNews news, ReceiveNews(control, guard));
      if (news.kind != GuardNews::Kind::kReady) return news;
      guard = news.guard;
    } else if (count == 0) {
      waited += kSliceMs;
      if (guard > 0) kill(guard, SIGCONT);  // The child may have stopped it before it could speak.
    }
  }
  return NoWarden("it does not answer");
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
  connection_.Reset();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<GuardedStart> Warden::StartGuarded(const ProcessSpec& spec,
                                          const ChildStreams& streams) const {
  ASSIGN_OR_RETURN(const UniqueFd file, StoreSpec(spec));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("cannot start a program", "socketpair", errno);
  }
  GuardedStart started;
  started.control = UniqueFd(ends[0]);
  {
    const UniqueFd theirs(ends[1]);
    Request request;
    std::vector<int> descriptors{file.get(), theirs.get()};
    const std::array<int, 3> numbers{streams.input, streams.output, streams.error};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      request.streams[i] = numbers[i] >= 0;
      if (request.streams[i]) descriptors.push_back(numbers[i]);
    }
    RETURN_IF_ERROR(Send(connection_.get(), request, descriptors));
  }
  ASSIGN_OR_RETURN(const GuardNews news, AwaitStart(started.control.get()));
  if (news.kind != GuardNews::Kind::kStarted) return news.error;
  started.child = news.number;
  started.guard = news.guard;
  return started;
}

}  // namespace gitops

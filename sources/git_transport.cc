#include "sources/git_transport.h"

#include <arpa/inet.h>
#include <git2.h>
#include <git2/sys/stream.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/os/unique_fd.h"
#include "sources/git_handle.h"

namespace gitops {
namespace {

constexpr std::chrono::seconds kConnectTimeout{30};

// libgit2 registers constructors without a payload, so the policy of the running operation has to
// be found from a plain function. ScopedGitTransport sets and clears it.
StreamPolicy* active_policy = nullptr;

struct AddressFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressFree>;

/// The C struct comes first: libgit2 hands it back, and it is the start of ours.
struct Socket {
  git_stream parent;
  std::string host;
  std::string port;
  UniqueFd fd;
};

Socket* AsSocket(git_stream* stream) { return reinterpret_cast<Socket*>(stream); }

int Fail(const std::string& message) {
  git_error_set_str(GIT_ERROR_NET, message.c_str());
  return -1;
}

bool IsLinkLocal(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return ntohl(v4->sin_addr.s_addr) >> 16U == 0xA9FEU;  // 169.254.0.0/16
  }
  if (address->sa_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) return v6.s6_addr[12] == 0xA9 && v6.s6_addr[13] == 0xFE;
    return IN6_IS_ADDR_LINKLOCAL(&v6);
  }
  return false;
}

/// Waits until the socket is ready or `until`; false when time is up.
bool WaitFor(int fd, short events, std::chrono::steady_clock::time_point until) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd item{fd, events, 0};
    const int wait = static_cast<int>(std::min<std::int64_t>(left.count() + 1, 3'600'000));
    const int ready = poll(&item, 1, wait);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // The next call on the socket says why.
  }
}

/// Connects to one address; 0 or the reason.
int ConnectTo(const addrinfo& address, UniqueFd& fd) {
  UniqueFd candidate(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!candidate) return errno;
  const int on = 1;
  setsockopt(candidate.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(candidate.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (connect(candidate.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno;
    const auto until =
        std::min(active_policy->deadline, std::chrono::steady_clock::now() + kConnectTimeout);
    if (!WaitFor(candidate.get(), POLLOUT, until)) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(candidate.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return error;
  }
  fd = std::move(candidate);
  return 0;
}

int Connect(git_stream* stream) {
  Socket* self = AsSocket(stream);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* raw = nullptr;
  int code = getaddrinfo(self->host.c_str(), self->port.c_str(), &hints, &raw);
  if (code == EAI_NONAME || code == EAI_ADDRFAMILY) {
    hints.ai_flags = 0;  // A literal of a family that no interface has yet, such as ::1.
    code = getaddrinfo(self->host.c_str(), self->port.c_str(), &hints, &raw);
  }
  RemoteNotes& notes = *active_policy->notes;
  if (code != 0) {
    notes.connect_problem = std::string("the name is not known: ") + gai_strerror(code);
    return Fail(notes.connect_problem);
  }
  const AddressList addresses(raw);
  std::string problem = "it has no address";
  for (const addrinfo* address = raw; address != nullptr; address = address->ai_next) {
    if (IsLinkLocal(address->ai_addr)) {
      problem = "link-local addresses are never contacted";
      continue;
    }
    const int reason = ConnectTo(*address, self->fd);
    if (reason == 0) return 0;
    problem = std::strerror(reason);
    if (std::chrono::steady_clock::now() >= active_policy->deadline) notes.deadline_over = true;
  }
  notes.connect_problem = problem;
  return Fail(problem);
}

ssize_t Read(git_stream* stream, void* data, size_t size) {
  Socket* self = AsSocket(stream);
  while (true) {
    const ssize_t got = recv(self->fd.get(), data, size, 0);
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Fail(std::strerror(errno));
    if (!WaitFor(self->fd.get(), POLLIN, active_policy->deadline)) {
      active_policy->notes->deadline_over = true;
      return Fail("no answer in time");
    }
  }
}

ssize_t Write(git_stream* stream, const char* data, size_t size, int /*flags*/) {
  Socket* self = AsSocket(stream);
  while (true) {
    const ssize_t sent = send(self->fd.get(), data, size, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Fail(std::strerror(errno));
    if (!WaitFor(self->fd.get(), POLLOUT, active_policy->deadline)) {
      active_policy->notes->deadline_over = true;
      return Fail("no answer in time");
    }
  }
}

int Close(git_stream* stream) {
  AsSocket(stream)->fd.Reset();
  return 0;
}

void Free(git_stream* stream) { delete AsSocket(stream); }

int Make(git_stream** out, const char* host, const char* port) {
  if (active_policy == nullptr) return Fail("no remote operation is running");
  if (active_policy->host != host || active_policy->port != port) {
    active_policy->notes->foreign_endpoint = std::string(host) + ":" + port;
    return Fail("redirect to " + active_policy->notes->foreign_endpoint + " is not followed");
  }
  auto stream = std::make_unique<Socket>();
  std::memset(&stream->parent, 0, sizeof stream->parent);
  stream->parent.version = GIT_STREAM_VERSION;
  stream->parent.connect = Connect;
  stream->parent.read = Read;
  stream->parent.write = Write;
  stream->parent.close = Close;
  stream->parent.free = Free;
  stream->host = host;
  stream->port = port;
  *out = &stream.release()->parent;
  return 0;
}

}  // namespace

ScopedGitTransport::ScopedGitTransport(StreamPolicy policy) {
  CHECK(active_policy == nullptr);
  active_policy = std::make_unique<StreamPolicy>(std::move(policy)).release();
  git_stream_registration registration{};
  registration.version = GIT_STREAM_VERSION;
  registration.init = Make;
  CHECK(git_stream_register(GIT_STREAM_STANDARD, &registration) == 0);
}

ScopedGitTransport::~ScopedGitTransport() {
  git_stream_register(GIT_STREAM_STANDARD, nullptr);
  delete std::exchange(active_policy, nullptr);
}

}  // namespace gitops

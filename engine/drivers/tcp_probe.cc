#include "engine/drivers/tcp_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlice{20};

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// Waits until the connection stands. 0, or why it does not.
int AwaitConnection(int fd, std::chrono::steady_clock::time_point deadline,
                    const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return ETIMEDOUT;
    pollfd waiting{fd, POLLOUT, 0};
    if (poll(&waiting, 1, static_cast<int>(std::min(left, kSlice).count())) > 0) {
      int error_number = 0;
      socklen_t size = sizeof error_number;
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
      return error_number;
    }
  }
  return ECANCELED;
}

int TryConnect(const addrinfo& address, std::chrono::steady_clock::time_point deadline,
               const std::stop_token& stop) {
  const UniqueFd fd(
      socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  return AwaitConnection(fd.get(), deadline, stop);
}

}  // namespace

Status TryTcpConnect(std::string_view target, milliseconds timeout, std::stop_token stop) {
  const std::size_t colon = target.rfind(':');
  std::string host(target.substr(0, colon));
  const std::string port(colon == std::string_view::npos ? "" : target.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty() || port.empty() || port.find_first_not_of("0123456789") != std::string::npos) {
    return MakeError(ErrorKind::kInvalid, "not a TCP address",
                     "\"" + std::string(target) + "\" is not of the form host:port");
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), port.c_str(), &hints, &raw); failed != 0) {
    return MakeError(ErrorKind::kTransient, "the name cannot be resolved",
                     "\"" + host + "\": " + gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(raw);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  int error_number = EHOSTUNREACH;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    error_number = TryConnect(*at, deadline, stop);
    if (error_number == 0) return {};
  }
  if (stop.stop_requested()) {
    return MakeError(ErrorKind::kCancelled, "stopped on request", "during a health check");
  }
  return MakeError(ErrorKind::kTransient, "no connection",
                   "\"" + std::string(target) + "\": " + ErrnoText(error_number));
}

}  // namespace gitops

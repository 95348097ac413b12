#include "engine/os/service_notice.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "engine/os/unique_fd.h"

namespace gitops {

void ServiceNotice::Send(const std::string& text) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool named = socket_.starts_with('/') || socket_.starts_with('@');
  if (!named || socket_.size() >= sizeof address.sun_path) return;
  std::copy(socket_.begin(), socket_.end(), address.sun_path);
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // The abstract namespace of Linux.
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const std::size_t size = offsetof(sockaddr_un, sun_path) + socket_.size();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how socket addresses are passed.
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  static_cast<void>(sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT, to,
                           static_cast<socklen_t>(size)));
}

}  // namespace gitops

// TcpServer: accepts connections on a free port of 127.0.0.1 and hands each to a function on a
// thread of its own, until it is destroyed. The function gets a descriptor that becomes readable at
// the end.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "engine/os/unique_fd.h"

namespace gitops {

class TcpServer {
 public:
  /// `serve(connection, end)`; the connection is closed when it returns.
  using Serve = std::function<void(int connection, int end)>;

  explicit TcpServer(Serve serve) : serve_(std::move(serve)) {
    listener_ = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    end_ = UniqueFd(eventfd(0, EFD_CLOEXEC));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(listen(listener_.get(), 64) == 0);
    CHECK(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    accepter_ = std::thread([this] { Accept(); });
  }
  ~TcpServer() {
    const std::uint64_t one = 1;
    CHECK(write(end_.get(), &one, sizeof one) == sizeof one);
    accepter_.join();
    for (std::thread& thread : connections_) thread.join();
  }
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  int port() const { return port_; }
  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }
  int accepted() const { return accepted_; }

 private:
  void Accept() {
    while (true) {
      pollfd items[2] = {{listener_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
      if (poll(items, 2, -1) < 0) continue;
      if (items[1].revents != 0) return;
      const int connection = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      ++accepted_;
      connections_.emplace_back([this, connection] {
        const UniqueFd owner(connection);
        serve_(connection, end_.get());
      });
    }
  }

  Serve serve_;
  UniqueFd listener_;
  UniqueFd end_;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::vector<std::thread> connections_;  ///< The accepter's until it has ended.
  std::thread accepter_;
};

}  // namespace gitops

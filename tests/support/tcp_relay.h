// TcpRelay: a port of loopback that hands its connections on to another port, until it is told to
// do something else with them: so a server changes its manners without changing its address.
#pragma once

#include <fcntl.h>
#include <netinet/tcp.h>

#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/tcp_server.h"

namespace gitops {

class TcpRelay {
 public:
  explicit TcpRelay(int port)
      : target_(port), server_([this](int connection, int end) { Serve(connection, end); }) {}

  int port() const { return server_.port(); }

  /// Serves connections by `manners` instead; nullptr hands them on again.
  void Behave(TcpServer::Serve manners) {
    const std::lock_guard lock(mutex_);
    manners_ = std::move(manners);
  }
  /// Hands connections on to another port.
  void PointTo(int port) { target_ = port; }

  /// Accepts and says nothing.
  static void BeMute(int /*connection*/, int end) {
    pollfd item{end, POLLIN, 0};
    poll(&item, 1, -1);
  }
  /// Sends the beginning of an answer, and then a byte now and then.
  static void Drip(int connection, int end) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: ";
    for (std::size_t i = 0;; ++i) {
      const char byte = i < head.size() ? head[i] : 'x';
      if (send(connection, &byte, 1, MSG_NOSIGNAL) != 1) return;
      pollfd item{end, POLLIN, 0};
      if (poll(&item, 1, 20) != 0) return;
    }
  }
  /// Ends the connection with a reset.
  static void Reset(int connection, int /*end*/) {
    const linger at_once{1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

 private:
  void Serve(int connection, int end) {
    TcpServer::Serve manners;
    {
      const std::lock_guard lock(mutex_);
      manners = manners_;
    }
    manners ? manners(connection, end) : HandOn(connection, end);
  }

  void HandOn(int connection, int end) const {
    const UniqueFd target(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(target_.load()));
    if (connect(target.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
    const int on = 1;
    setsockopt(target.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pollfd items[3] = {{connection, POLLIN, 0}, {target.get(), POLLIN, 0}, {end, POLLIN, 0}};
    while (poll(items, 3, -1) > 0 && items[2].revents == 0) {
      if (items[0].revents != 0 && !Copy(connection, target.get())) return;
      if (items[1].revents != 0 && !Copy(target.get(), connection)) return;
    }
  }

  static bool Copy(int from, int to) {
    char buffer[65536];
    const ssize_t count = recv(from, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t done =
          send(to, buffer + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
      if (done <= 0) return false;
      sent += done;
    }
    return true;
  }

  std::mutex mutex_;
  TcpServer::Serve manners_;
  std::atomic<int> target_;
  TcpServer server_;  ///< Last: its threads use the others.
};

}  // namespace gitops

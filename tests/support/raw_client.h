// RawClient: a client of a server on loopback that sends exactly the bytes it is told, and reads
// what comes back. Nothing here times a test; a server that hangs ends it after a minute.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/check.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// One answer, taken apart as far as tests look at it.
struct RawAnswer {
  int status = 0;
  std::string head;  ///< With its empty line; "" when there was no answer.
  std::string body;

  /// Of the first field with this name, which is written as the server writes it.
  std::string Field(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(start);
    if (at == std::string::npos) return "";
    const std::size_t from = at + start.size();
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) {
    fd_ = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(fd_);
    const timeval guard{60, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
    if (receive_buffer > 0) {
      setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  /// False when the server has closed already.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void FinishSending() { shutdown(fd_.get(), SHUT_WR); }

  /// Until `text` has come; false when the connection ended before.
  bool ReadUntil(std::string_view text) {
    while (received_.find(text) == std::string::npos) {
      if (!ReadSome()) return false;
    }
    return true;
  }

  /// What came and belongs to no answer that was taken.
  const std::string& received() const { return received_; }

  /// Everything until the server closes.
  std::string ReadAll() {
    while (ReadSome()) {
    }
    return std::exchange(received_, std::string());
  }

  /// One answer with a Content-Length. `without_body`: to a HEAD request.
  RawAnswer ReadAnswer(bool without_body = false) {
    RawAnswer answer;
    if (!ReadUntil("\r\n\r\n")) return answer;
    const std::size_t end = received_.find("\r\n\r\n") + 4;
    answer.head = received_.substr(0, end);
    answer.status = std::atoi(answer.head.c_str() + 9);
    received_.erase(0, end);
    const auto length =
        without_body ? std::size_t{0}
                     : static_cast<std::size_t>(std::atoll(answer.Field("Content-Length").c_str()));
    while (received_.size() < length && ReadSome()) {
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
  }

  /// True when the server closes without sending anything more.
  bool ServerCloses() {
    while (ReadSome()) {
    }
    return received_.empty();
  }

 private:
  bool ReadSome() {
    char bytes[16 * 1024];
    const ssize_t count = recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  UniqueFd fd_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace gitops

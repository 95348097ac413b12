#include "engine/server/wire.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace gitops {
namespace {

using asio::ip::tcp;

void CancelSocket(tcp::socket& socket) {
  error_code ignored;
  socket.cancel(ignored);
}

void CloseSocket(tcp::socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

class PlainWire : public Wire {
 public:
  explicit PlainWire(tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<error_code> Open() override { co_return error_code{}; }

  asio::awaitable<error_code> WaitReadable() override {
    error_code error;
    co_await socket_.async_wait(tcp::socket::wait_read,
                                asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  asio::awaitable<std::size_t> Read(asio::mutable_buffer buffer, error_code& error) override {
    co_return co_await socket_.async_read_some(buffer,
                                               asio::redirect_error(asio::use_awaitable, error));
  }

  asio::awaitable<error_code> Write(std::array<asio::const_buffer, 3> buffers) override {
    error_code error;
    co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  asio::awaitable<void> Finish() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }

  void Cancel() override { CancelSocket(socket_); }
  void Close() override { CloseSocket(socket_); }

 private:
  tcp::socket socket_;
};

class TlsWire : public Wire {
 public:
  TlsWire(tcp::socket socket, std::shared_ptr<asio::ssl::context> identity)
      : identity_(std::move(identity)), stream_(std::move(socket), *identity_) {}

  asio::awaitable<error_code> Open() override {
    error_code error;
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  // What was decrypted already cannot be seen from the socket.
  asio::awaitable<error_code> WaitReadable() override { co_return error_code{}; }

  asio::awaitable<std::size_t> Read(asio::mutable_buffer buffer, error_code& error) override {
    co_return co_await stream_.async_read_some(buffer,
                                               asio::redirect_error(asio::use_awaitable, error));
  }

  asio::awaitable<error_code> Write(std::array<asio::const_buffer, 3> buffers) override {
    error_code error;
    co_await asio::async_write(stream_, buffers, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  asio::awaitable<void> Finish() override {
    error_code ignored;
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void Cancel() override { CancelSocket(stream_.next_layer()); }
  void Close() override { CloseSocket(stream_.next_layer()); }

 private:
  std::shared_ptr<asio::ssl::context> identity_;
  asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<Wire> MakePlainWire(tcp::socket socket) {
  return std::make_unique<PlainWire>(std::move(socket));
}

std::unique_ptr<Wire> MakeTlsWire(tcp::socket socket,
                                  std::shared_ptr<asio::ssl::context> identity) {
  return std::make_unique<TlsWire>(std::move(socket), std::move(identity));
}

}  // namespace gitops

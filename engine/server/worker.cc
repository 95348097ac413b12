#include "engine/server/worker.h"

#include <fcntl.h>

#include <exception>
#include <utility>
#include <vector>

namespace gitops {
namespace {

void Prepare(asio::ip::tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

Worker::Worker(FrontState& state, std::string ids, std::size_t most)
    : state_(state),
      ids_(std::move(ids)),
      most_(most),
      io_(1),
      tick_(io_),
      mailbox_(std::make_shared<Mailbox>(io_)) {
  asio::co_spawn(io_, TickForever(), asio::detached);
}

Worker::~Worker() { mailbox_->Close(); }

void Worker::Run() noexcept { io_.run(); }

void Worker::Adopt(asio::ip::tcp::socket socket, const IpAddress& peer,
                   std::shared_ptr<asio::ssl::context> identity) {
  asio::post(io_,
             [this, socket = std::move(socket), peer, identity = std::move(identity)]() mutable {
               Serve(std::move(socket), peer, std::move(identity));
             });
}

void Worker::Serve(asio::ip::tcp::socket socket, const IpAddress& peer,
                   std::shared_ptr<asio::ssl::context> identity) {
  ++state_.counts.accepted;
  if (draining_) return;
  if (connections_.size() >= most_) {
    // Whoever has waited longest for nothing makes room; a client that means it sends its head
    // soon. When all of them are being answered, the new one has to come back.
    if (waiting_.empty()) return;
    ++state_.counts.evicted;
    waiting_.front()->Close();
  }
  Prepare(socket);
  std::unique_ptr<Wire> wire = identity == nullptr
                                   ? MakePlainWire(std::move(socket))
                                   : MakeTlsWire(std::move(socket), std::move(identity));
  const auto connection = std::make_shared<ClientConnection>(std::move(wire), peer, state_, *this);
  connections_.insert(connection.get());
  asio::co_spawn(io_, connection->Run(), [this, connection](const std::exception_ptr& failure) {
    if (!failure) return;
    connection->Close();
    state_.log.Error("a connection failed and was closed");
  });
}

void Worker::Drain() {
  mailbox_->Post([this] {
    draining_ = true;
    for (ClientConnection* connection : connections_) connection->Drain();
  });
}

void Worker::Stop() {
  mailbox_->Post([this] {
    draining_ = stopping_ = true;
    tick_.cancel();
    for (ClientConnection* connection : connections_) connection->Close();
  });
}

asio::awaitable<void> Worker::TickForever() {
  while (!stopping_) {
    tick_.expires_after(state_.options.tick);
    error_code ignored;
    co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const MonotonicTime now = state_.clock.MonotonicNow();
    for (ClientConnection* connection : connections_) connection->Tick(now);
  }
}

std::string Worker::NextRequestId() { return ids_ + std::to_string(++requests_); }

std::string_view Worker::Date() {
  const WallTime now = state_.clock.Now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (date_.empty() || second != date_second_) {
    date_second_ = second;
    date_ = HttpDate(now);
  }
  return date_;
}

}  // namespace gitops

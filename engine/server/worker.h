// Worker: one thread's share of the connections, and the clock of their deadlines. Everything but
// Adopt, Drain, Stop and the mailbox belongs to the thread that runs it.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_set>

#include "engine/server/asio.h"
#include "engine/server/client_connection.h"
#include "engine/server/front_state.h"
#include "engine/server/mailbox.h"

namespace gitops {

class Worker : public ConnectionHost {
 public:
  /// `ids`: what its request ids begin with; nobody else's do. `most`: connections at once.
  Worker(FrontState& state, std::string ids, std::size_t most);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Serves until Stop.
  void Run() noexcept;

  /// Takes a client over; `identity` is null for plain HTTP. From any thread; the socket was made
  /// with io().
  void Adopt(asio::ip::tcp::socket socket, const IpAddress& peer,
             std::shared_ptr<asio::ssl::context> identity);
  /// Ends what waits, lets finish what is being answered. From any thread.
  void Drain();
  /// Ends everything; Run returns. From any thread.
  void Stop();

  asio::io_context& io() override { return io_; }
  std::shared_ptr<Mailbox> mailbox() override { return mailbox_; }
  std::string NextRequestId() override;
  std::string_view Date() override;
  std::list<ClientConnection*>& waiting() override { return waiting_; }
  void Forget(ClientConnection& connection) override { connections_.erase(&connection); }

 private:
  asio::awaitable<void> TickForever();
  void Serve(asio::ip::tcp::socket socket, const IpAddress& peer,
             std::shared_ptr<asio::ssl::context> identity);

  FrontState& state_;
  const std::string ids_;
  const std::size_t most_;
  std::list<ClientConnection*> waiting_;
  std::unordered_set<ClientConnection*> connections_;
  std::uint64_t requests_ = 0;
  std::chrono::sys_seconds date_second_{};
  std::string date_;
  bool draining_ = false;
  bool stopping_ = false;
  asio::io_context io_;
  asio::steady_timer tick_;
  const std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace gitops

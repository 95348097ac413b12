// ClientConnection: one client, request by request: reads a head, asks the route, reads the body,
// waits for the answer, sends it. A coroutine on its worker's thread; only that thread touches it.
// It has one deadline at any time, which Tick compares with the clock.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/server/asio.h"
#include "engine/server/exchange.h"
#include "engine/server/front_state.h"
#include "engine/server/mailbox.h"
#include "engine/server/request_reader.h"
#include "engine/server/response_bytes.h"
#include "engine/server/wire.h"

namespace gitops {

class ClientConnection;

/// What a connection has from its worker.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual asio::io_context& io() = 0;
  virtual std::shared_ptr<Mailbox> mailbox() = 0;
  virtual std::string NextRequestId() = 0;
  virtual std::string_view Date() = 0;
  /// Connections that wait for a head, the longest-waiting first; they go when there is no room.
  virtual std::list<ClientConnection*>& waiting() = 0;
  /// The connection is over.
  virtual void Forget(ClientConnection& connection) = 0;
};

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(std::unique_ptr<Wire> wire, IpAddress peer, FrontState& state,
                   ConnectionHost& host);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// Serves the client to its end.
  asio::awaitable<void> Run();

  /// Acts when the deadline has passed.
  void Tick(MonotonicTime now);
  /// Ends it after what is being answered.
  void Drain();
  /// Ends it now.
  void Close();

 private:
  enum class Phase { kOpening, kIdle, kHead, kBody, kAnswering, kSending, kStreaming, kLingering };

  asio::awaitable<bool> ServeOne();
  asio::awaitable<bool> ReadHead(RequestReader& reader);
  asio::awaitable<bool> ReadBody(RequestReader& reader);
  asio::awaitable<bool> ReadSlowBody(RequestReader& reader);
  asio::awaitable<bool> WaitForAnswer(RequestReader& reader, HttpRoute& route);
  asio::awaitable<bool> Send(HttpResponse response, const AnswerForm& form, bool close);
  asio::awaitable<bool> Refuse(HttpResponse response, const AnswerForm& form);
  asio::awaitable<void> SendStream(HttpResponse response, const AnswerForm& form,
                                   std::shared_ptr<Exchange> exchange);
  asio::awaitable<void> PumpStream(const std::shared_ptr<Exchange>& exchange, bool chunked);
  asio::awaitable<void> WatchClient(std::shared_ptr<Exchange> exchange);
  asio::awaitable<void> Linger();
  asio::awaitable<error_code> Fill();
  asio::awaitable<void> Sleep();

  void Enter(Phase phase, std::optional<std::chrono::milliseconds> allowed);
  void StopWaiting();
  void Expire();
  void Wake();
  bool BodyTooSlow(MonotonicTime now) const;
  std::string_view Received() const;

  const std::unique_ptr<Wire> wire_;
  const IpAddress peer_;
  FrontState& state_;
  ConnectionHost& host_;
  std::shared_ptr<const FrontSettings> settings_;  ///< Of this request.
  boost::beast::flat_buffer buffer_;
  asio::steady_timer wake_;
  Phase phase_ = Phase::kOpening;
  MonotonicTime entered_;               ///< The phase.
  std::optional<MonotonicTime> until_;  ///< The deadline of the phase.
  bool expired_ = false;
  bool draining_ = false;
  bool closed_ = false;
  std::string request_id_;
  const RequestReader* body_ = nullptr;                          ///< In kBody.
  std::shared_ptr<Exchange> exchange_;                           ///< In kAnswering, kStreaming.
  std::optional<std::list<ClientConnection*>::iterator> place_;  ///< Among those who wait.
};

}  // namespace gitops

// Wire: the bytes of one connection, plain or within TLS. Belongs to one thread. Every wait ends
// with an error once the wire is cut; who holds it keeps the deadlines.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "engine/server/asio.h"

namespace boost::asio::ssl {
class context;
}

namespace gitops {

class Wire {
 public:
  virtual ~Wire() = default;

  /// TLS: the handshake.
  virtual asio::awaitable<error_code> Open() = 0;
  /// Until there may be something to read, without memory to read into where that is possible.
  virtual asio::awaitable<error_code> WaitReadable() = 0;
  /// At least one byte, or an error (also at the end).
  virtual asio::awaitable<std::size_t> Read(asio::mutable_buffer buffer, error_code& error) = 0;
  /// All of them.
  virtual asio::awaitable<error_code> Write(std::array<asio::const_buffer, 3> buffers) = 0;
  /// Says that nothing more will be sent.
  virtual asio::awaitable<void> Finish() = 0;

  /// Ends what is waited for now; later waits are not affected.
  virtual void Cancel() = 0;
  /// Ends the connection now.
  virtual void Close() = 0;
};

std::unique_ptr<Wire> MakePlainWire(asio::ip::tcp::socket socket);
/// `identity` is kept for as long as the wire lives.
std::unique_ptr<Wire> MakeTlsWire(asio::ip::tcp::socket socket,
                                  std::shared_ptr<asio::ssl::context> identity);

}  // namespace gitops

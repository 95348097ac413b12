#include "engine/server/listeners.h"

#include <boost/asio/ip/v6_only.hpp>
#include <fcntl.h>

#include <utility>

namespace gitops {
namespace {

using asio::ip::tcp;

Error CannotListen(const std::string& address, const error_code& error) {
  const std::string detail = "\"" + address + "\": " + error.message();
  const std::string port = address.substr(address.rfind(':') + 1);
  if (error == asio::error::address_in_use) {
    return MakeError(ErrorKind::kConflict, "the address of the server is in use", detail,
                     "\"ss -ltnp 'sport = :" + port +
                         "'\" shows by which process; choose another with server.listen in the "
                         "configuration");
  }
  return MakeError(ErrorKind::kInvalid, "the server cannot listen", detail,
                   "server.listen in the configuration says where");
}

Result<tcp::acceptor> ListenOn(asio::io_context& io, const tcp::endpoint& endpoint,
                               const std::string& address, int backlog) {
  error_code error;
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (error) return CannotListen(address, error);
  fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (endpoint.address().is_v6()) {
    const bool all = endpoint.address().to_v6().is_unspecified();
    acceptor.set_option(asio::ip::v6_only(!all), error);
  }
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(backlog, error);
  if (error) return CannotListen(address, error);
  return acceptor;
}

}  // namespace

Result<std::vector<tcp::acceptor>> Listen(asio::io_context& io,
                                          const std::vector<std::string>& addresses, int backlog) {
  std::vector<tcp::acceptor> acceptors;
  for (const std::string& address : addresses) {
    const std::size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (colon == std::string::npos || host.empty()) {
      return CannotListen(address, asio::error::make_error_code(asio::error::invalid_argument));
    }
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    error_code error;
    tcp::resolver resolver(io);
    const auto found =
        resolver.resolve(host, address.substr(colon + 1),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return CannotListen(address, error);
    for (const auto& entry : found) {
      ASSIGN_OR_RETURN(tcp::acceptor acceptor, ListenOn(io, entry.endpoint(), address, backlog));
      acceptors.push_back(std::move(acceptor));
    }
  }
  return acceptors;
}

std::string LoopbackOf(const std::vector<tcp::acceptor>& acceptors) {
  std::string found;
  for (const tcp::acceptor& acceptor : acceptors) {
    error_code error;
    const tcp::endpoint endpoint = acceptor.local_endpoint(error);
    const asio::ip::address address = endpoint.address();
    if (error || !(address.is_loopback() || address.is_unspecified())) continue;
    const std::string port = ":" + std::to_string(endpoint.port());
    if (address.is_v4()) {
      return (address.is_unspecified() ? "127.0.0.1" : address.to_string()) + port;
    }
    found = "[::1]" + port;
  }
  return found;
}

}  // namespace gitops

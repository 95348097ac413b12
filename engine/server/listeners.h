// Listeners: the sockets that a server is reached by. Bound before anything is served, so that an
// address that cannot be had is an error of the start.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/server/asio.h"

namespace gitops {

/// Listens on every address of every "HOST:PORT"; HOST is a name, an IPv4 address or a bracketed
/// IPv6 address. "[::]" also takes IPv4 where the system lets it. Errors: kConflict (in use),
/// kInvalid (unknown host, not an address of this machine, not allowed).
Result<std::vector<asio::ip::tcp::acceptor>> Listen(asio::io_context& io,
                                                    const std::vector<std::string>& addresses,
                                                    int backlog);

/// Where programs of this machine reach one of the acceptors without leaving it: "127.0.0.1:8420",
/// "[::1]:8420"; "" when none of them listens there.
std::string LoopbackOf(const std::vector<asio::ip::tcp::acceptor>& acceptors);

}  // namespace gitops

// Which addresses the engine connects to on its own account. Pure.
#pragma once

#include <sys/socket.h>

namespace gitops {

/// False for link-local addresses (169.254.0.0/16, where clouds keep credentials; fe80::/10), the
/// "this network" and multicast ones, also written as IPv4 in IPv6. Private and loopback addresses
/// are allowed: forges and collectors of one's own are there. (RFC 6890)
bool MayConnectTo(const sockaddr& address);

/// True for 127.0.0.0/8 and ::1.
bool IsLoopback(const sockaddr& address);

}  // namespace gitops

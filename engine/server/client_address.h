// Whose request it is: the other end of the socket, or what proxies say that the configuration
// names. Pure.
#pragma once

#include <vector>

#include "engine/model/ip_network.h"
#include "engine/server/http_message.h"

namespace gitops {

/// The right-most address of X-Forwarded-For that is no trusted proxy, when `socket` is one; else
/// `socket`. What a client writes there itself is further left and never counts. An entry that is
/// no address ends the walk: the last trusted address is the answer then.
IpAddress ClientAddress(const IpAddress& socket, const HttpHeaders& headers,
                        const std::vector<IpNetwork>& trusted_proxies);

}  // namespace gitops

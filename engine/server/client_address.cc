#include "engine/server/client_address.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace gitops {
namespace {

bool IsTrusted(const IpAddress& address, const std::vector<IpNetwork>& proxies) {
  return std::any_of(proxies.begin(), proxies.end(),
                     [&](const IpNetwork& network) { return network.Contains(address); });
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]", "[2001:db8::1]:4711", "2001:db8::1".
std::optional<IpAddress> ParseHop(std::string_view hop) {
  if (hop.starts_with('[')) {
    const std::size_t bracket = hop.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    return IpAddress::Parse(hop.substr(1, bracket - 1));
  }
  if (const auto address = IpAddress::Parse(hop)) return address;
  return IpAddress::Parse(hop.substr(0, hop.find(':')));
}

}  // namespace

IpAddress ClientAddress(const IpAddress& socket, const HttpHeaders& headers,
                        const std::vector<IpNetwork>& trusted_proxies) {
  if (!IsTrusted(socket, trusted_proxies)) return socket;
  std::string hops;
  for (const auto& [name, value] : headers.fields()) {
    if (HttpHeaders({{name, ""}}).Count("X-Forwarded-For") == 0) continue;
    if (!hops.empty()) hops += ',';
    hops += value;
  }
  IpAddress client = socket;
  std::string_view left = hops;
  while (!left.empty()) {
    const std::size_t comma = left.rfind(',');
    const std::string_view hop =
        Trimmed(comma == std::string_view::npos ? left : left.substr(comma + 1));
    const std::optional<IpAddress> address = ParseHop(hop);
    if (!address) break;
    client = *address;
    if (comma == std::string_view::npos || !IsTrusted(client, trusted_proxies)) break;
    left = left.substr(0, comma);
  }
  return client;
}

}  // namespace gitops

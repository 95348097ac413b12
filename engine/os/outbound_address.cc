#include "engine/os/outbound_address.h"

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace gitops {
namespace {

bool MayConnectToV4(std::uint32_t address) {
  const bool this_network = (address >> 24) == 0;
  const bool link_local = (address >> 16) == 0xA9FE;
  const bool multicast_or_reserved = (address >> 28) >= 0xE;
  return !this_network && !link_local && !multicast_or_reserved;
}

std::uint32_t Word(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | static_cast<std::uint32_t>(bytes[3]);
}

/// The IPv4 address that a mapped, compatible or NAT64 one stands for is what is reached.
bool MayConnectToV6(const std::array<std::uint8_t, 16>& bytes) {
  const std::uint32_t first = Word(bytes.data());
  const std::uint32_t last = Word(bytes.data() + 12);
  const bool zeros = first == 0 && Word(bytes.data() + 4) == 0;
  if (zeros && Word(bytes.data() + 8) == 0xFFFF) return MayConnectToV4(last);
  if (zeros && Word(bytes.data() + 8) == 0) return last == 1 || MayConnectToV4(last);
  if (first == 0x0064FF9B) return MayConnectToV4(last);
  const bool link_local = bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
  return !link_local && bytes[0] != 0xFF;
}

}  // namespace

bool MayConnectTo(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return MayConnectToV4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return MayConnectToV6(bytes);
  }
  return false;
}

bool IsLoopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
}

}  // namespace gitops

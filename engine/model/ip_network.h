// IpNetwork: addresses and networks as numbers, such as proxies that are trusted. An IPv4 address
// and the IPv6 address that maps it are the same. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gitops {

class IpAddress {
 public:
  /// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; no port, brackets or zone. Nullopt for others.
  static std::optional<IpAddress> Parse(std::string_view text);

  /// Of the 16 bytes of an IPv6 address, or of one that maps an IPv4 address.
  static IpAddress OfBytes(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.bytes_ = bytes;
    return address;
  }

  bool IsV4() const;
  bool IsLoopback() const;
  /// The usual text; IPv4 for an address that maps one.
  std::string ToString() const;
  /// As 16 bytes; IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2).
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

class IpNetwork {
 public:
  /// "10.0.0.0/8", "2001:db8::/32", or one address. Nullopt when it is neither, or when bits beyond
  /// the prefix are set ("10.0.0.1/8" is rather a mistake).
  static std::optional<IpNetwork> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  std::string ToString() const;

  bool operator==(const IpNetwork&) const = default;

 private:
  IpAddress address_;
  int prefix_ = 128;  ///< Of the 16 bytes.
};

}  // namespace gitops

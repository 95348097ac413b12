#include "engine/model/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace gitops {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool Bit(const std::array<std::uint8_t, 16>& bytes, int at) {
  return ((bytes.at(static_cast<std::size_t>(at / 8)) >> (7 - at % 8)) & 1) != 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.empty() || text.size() > INET6_ADDRSTRLEN) return std::nullopt;
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, copy.c_str(), address.bytes_.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

bool IpAddress::IsV4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

bool IpAddress::IsLoopback() const {
  if (IsV4()) return bytes_[12] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = IsV4();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? kMapped.size() : 0), text.data(),
            text.size());
  return text.data();
}

std::optional<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network;
  network.address_ = *address;
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  int prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  if (digits.empty() || digits.size() > 3 || digits.front() == '-' || error != std::errc() ||
      end != digits.data() + digits.size() || prefix > (v4 ? 32 : 128)) {
    return std::nullopt;
  }
  network.prefix_ = prefix + (v4 ? 96 : 0);
  for (int at = network.prefix_; at < 128; ++at) {
    if (Bit(address->bytes(), at)) return std::nullopt;
  }
  return network;
}

bool IpNetwork::Contains(const IpAddress& address) const {
  for (int at = 0; at < prefix_; ++at) {
    if (Bit(address.bytes(), at) != Bit(address_.bytes(), at)) return false;
  }
  return true;
}

std::string IpNetwork::ToString() const {
  if (prefix_ == 128) return address_.ToString();
  const bool v4 = address_.IsV4() && prefix_ >= 96;
  return address_.ToString() + "/" + std::to_string(v4 ? prefix_ - 96 : prefix_);
}

}  // namespace gitops

// ObjectId: the name Git gives to a file or a tree (SHA-1 of its header and bytes). Pure value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gitops {

class ObjectId {
 public:
  static constexpr std::size_t kSize = 20;

  ObjectId() = default;  ///< All zero: "no object".
  explicit ObjectId(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}

  /// Reads 40 lower-case hex digits; nullopt for anything else.
  static std::optional<ObjectId> FromHex(std::string_view hex);

  /// 40 lower-case hex digits.
  std::string Hex() const;
  /// The first 7 digits, for people.
  std::string Short() const { return Hex().substr(0, 7); }

  bool IsZero() const { return *this == ObjectId(); }
  const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }

  auto operator<=>(const ObjectId&) const = default;

 private:
  std::array<std::uint8_t, kSize> bytes_{};
};

}  // namespace gitops

template <>
struct std::hash<gitops::ObjectId> {
  std::size_t operator()(const gitops::ObjectId& id) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | id.bytes()[i];
    return value;
  }
};

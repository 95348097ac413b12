// PackBuilder: Git packs made by hand, so that they can say what is not true: sizes that do not
// fit, deltas that grow without end, sums that are wrong. Objects are stored without compression.
// Format: https://git-scm.com/docs/pack-format
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/digest.h"

namespace gitops {

class PackBuilder {
 public:
  enum Type { kCommit = 1, kTree = 2, kBlob = 3, kRefDelta = 7 };

  /// Adds an object; its header says that it has `claimed` bytes.
  void Add(Type type, std::string_view bytes, std::uint64_t claimed,
           std::string_view base_id = "") {
    std::uint64_t size = claimed >> 4U;
    std::uint8_t byte = static_cast<std::uint8_t>((type << 4U) | (claimed & 15U));
    while (size != 0) {
      objects_ += static_cast<char>(byte | 0x80U);
      byte = size & 0x7FU;
      size >>= 7U;
    }
    objects_ += static_cast<char>(byte);
    objects_ += base_id;
    objects_ += Zlib(bytes);
    ++count_;
  }
  void Add(Type type, std::string_view bytes) { Add(type, bytes, bytes.size()); }

  /// A delta on the blob `base` that makes `factor` copies of it, one after the other.
  void AddGrowingDelta(std::string_view base, std::uint64_t factor) {
    std::string delta = Varint(base.size()) + Varint(base.size() * factor);
    for (std::uint64_t i = 0; i < factor; ++i) {
      // Copy from offset 0: a flag for each byte of the size that follows.
      delta += static_cast<char>(0x80 | 0x70);
      for (unsigned shift = 0; shift < 24; shift += 8) {
        delta += static_cast<char>((base.size() >> shift) & 0xFFU);
      }
    }
    const Sha1Bytes id = Sha1("blob " + std::to_string(base.size()) + '\0' + std::string(base));
    Add(kRefDelta, delta, delta.size(),
        std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
  }

  std::string Finish() const {
    std::string pack = "PACK" + Word(2) + Word(count_) + objects_;
    const Sha1Bytes sum = Sha1(pack);
    pack.append(reinterpret_cast<const char*>(sum.data()), sum.size());
    return pack;
  }

  /// What a server answers to a fetch: nothing in common, and then this pack.
  static std::string Answer(std::string_view pack) {
    std::string answer = "0008NAK\n";
    for (std::size_t at = 0; at < pack.size(); at += kChunk) {
      const std::string_view part = pack.substr(at, kChunk);
      answer += Length(part.size() + 5) + "\x01" + std::string(part);
    }
    return answer + "0000";
  }

 private:
  static constexpr std::size_t kChunk = 60'000;

  static std::string Word(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes += static_cast<char>((value >> shift) & 0xFFU);
    return bytes;
  }
  static std::string Varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
    return bytes + static_cast<char>(value);
  }
  static std::string Length(std::size_t size) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(size >> shift) & 15U];
    return text;
  }
  /// RFC 1950 and 1951: stored blocks.
  static std::string Zlib(std::string_view bytes) {
    std::string out("\x78\x01", 2);
    std::size_t at = 0;
    do {
      const std::string_view part = bytes.substr(at, 65'535);
      at += part.size();
      const auto size = static_cast<std::uint32_t>(part.size());
      out += static_cast<char>(at == bytes.size() ? 1 : 0);
      for (const std::uint32_t value : {size, ~size}) {
        out += static_cast<char>(value & 0xFFU);
        out += static_cast<char>((value >> 8U) & 0xFFU);
      }
      out += part;
    } while (at < bytes.size());
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char c : bytes) {
      a = (a + static_cast<unsigned char>(c)) % 65'521;
      b = (b + a) % 65'521;
    }
    return out + Word((b << 16U) | a);
  }

  std::string objects_;
  std::uint32_t count_ = 0;
};

}  // namespace gitops

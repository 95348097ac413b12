#include "engine/os/system_random.h"

#include <sys/random.h>

#include <cerrno>
#include <limits>

#include "engine/base/check.h"
#include "engine/base/digest.h"

namespace gitops {
namespace {

void Fill(void* bytes, std::size_t size) {
  auto* at = static_cast<unsigned char*>(bytes);
  while (size > 0) {
    const ssize_t count = getrandom(at, size, 0);
    if (count < 0 && errno == EINTR) continue;
    CHECK(count > 0);
    at += count;
    size -= static_cast<std::size_t>(count);
  }
}

}  // namespace

std::uint64_t SystemRandom::Below(std::uint64_t bound) {
  CHECK(bound > 0);
  // Numbers above the last full multiple of `bound` are drawn again: no remainder bias.
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t limit = kMax - kMax % bound;
  std::uint64_t number = 0;
  do {
    Fill(&number, sizeof number);
  } while (number >= limit);
  return number % bound;
}

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  Fill(bytes.data(), bytes.size());
  return bytes;
}

std::string RandomUuid(Random& random) {
  std::uint8_t bytes[16];
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Below(256));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  std::string text = ToHex(bytes, sizeof bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace gitops

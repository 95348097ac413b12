// SystemRandom: the real Random, fed by the kernel. Thread-safe, stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/random.h"

namespace gitops {

class SystemRandom : public Random {
 public:
  std::uint64_t Below(std::uint64_t bound) override;
};

/// `size` bytes from getrandom(2), fit for keys.
std::string RandomBytes(std::size_t size);

/// A random UUID (RFC 9562, version 4) in lower-case text.
std::string RandomUuid(Random& random);

}  // namespace gitops

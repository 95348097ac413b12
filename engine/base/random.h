// Random: jitter and identifiers behind one seam, so that a test can replay them. Thread-safe.
#pragma once

#include <cstdint>

namespace gitops {

class Random {
 public:
  virtual ~Random() = default;

  /// A uniform number in [0, bound). REQUIRES: bound > 0.
  virtual std::uint64_t Below(std::uint64_t bound) = 0;
};

}  // namespace gitops

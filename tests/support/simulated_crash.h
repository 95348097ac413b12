// SimulatedCrash: what a test throws through the engine in place of the death of the process. Only
// tests know it, nothing in the engine catches it.
#pragma once

#include <string>

namespace gitops {

struct SimulatedCrash {
  std::string where;  ///< The call at which it happened.
};

}  // namespace gitops

#include "engine/model/phase.h"

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(Phase phase) {
  switch (phase) {
    case Phase::kInfrastructure:
      return "infrastructure";
    case Phase::kNetwork:
      return "network";
    case Phase::kPlatform:
      return "platform";
    case Phase::kApp:
      return "app";
  }
  CHECK(false);
}

std::optional<Phase> ParsePhase(std::string_view text) {
  for (const Phase phase :
       {Phase::kInfrastructure, Phase::kNetwork, Phase::kPlatform, Phase::kApp}) {
    if (ToString(phase) == text) return phase;
  }
  return std::nullopt;
}

}  // namespace gitops

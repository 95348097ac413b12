// Phase: the four stages of an app, in this order; undone in reverse. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace gitops {

/// The order of the enumerators is the order of the phases.
enum class Phase { kInfrastructure, kNetwork, kPlatform, kApp };

/// "infrastructure", "network", "platform", "app": stored and shown.
std::string_view ToString(Phase phase);
std::optional<Phase> ParsePhase(std::string_view text);

}  // namespace gitops

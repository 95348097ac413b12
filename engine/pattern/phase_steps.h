// PhaseSteps: the infrastructure, network and platform steps of an app, from the pattern's provider
// and the resolved variables. Pure.
#pragma once

#include <vector>

#include "engine/model/step.h"
#include "engine/pattern/pattern.h"
#include "engine/pattern/variables.h"

namespace gitops {

/// The output of an infrastructure step that changes when the host is another one.
inline constexpr const char* kIdentityOutput = "identity";

/// One step for each phase that `provider` has, in order. Each takes the variables of its phase and
/// its directory of the pattern; the network step also runs again on any changed output of the
/// infrastructure, the platform step on a changed identity. Besides inputs, drivers get the
/// parameters of pattern.yaml and each variable as "variables.<name>".
std::vector<Step> PhaseSteps(const PatternProvider& provider,
                             const std::vector<ResolvedVariable>& variables);

/// `text` cut to what a view shows: at most 200 bytes, at a character's border, then "…".
std::string ShownText(std::string_view text);

}  // namespace gitops

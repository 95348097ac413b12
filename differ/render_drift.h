// RenderDrift: what is there against what was applied, as text for people. Pure: the same report
// and options give the same bytes.
#pragma once

#include <string>

#include "differ/render.h"
#include "engine/model/drift.h"

namespace gitops {

/// Apps that are not as they were applied with what differs, those that could not be looked at, and
/// a line of counts. `named`: every step of every app.
std::string RenderDrift(const DriftReport& report, bool named, const RenderOptions& options = {});

}  // namespace gitops

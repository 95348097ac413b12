// The one way to make an Engine.
#pragma once

#include <memory>

#include "engine/reconcile/engine.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// `parts` is copied; what it refers to must outlive the engine.
std::unique_ptr<Engine> MakeEngine(const EngineParts& parts);

}  // namespace gitops

// AppWork: one piece of work on one app, from what is recorded: the end of a pass for a single
// candidate, with the same functions. Thread-safe for different apps.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/keyed_engine.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"

namespace gitops {

/// The tree of a source as it was last recorded; zero when it never was.
using SourceTrees = std::function<ObjectId(const std::string& source)>;

/// Carries it out. Errors: as KeyedEngine::Work.
Result<AppOutcome> WorkOnApp(const EngineParts& parts, AppRunner& runner, PatternShelf& patterns,
                             const AppId& app, const SourceTrees& trees, const AppWish& wish,
                             std::stop_token stop);

}  // namespace gitops

// RecoverStage: what every command does first: take up the runs that a crash left unfinished.
#pragma once

#include <map>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Brings every unfinished run to an end and reports, by app, what was done. Errors: those of the
/// store; kCancelled.
Result<std::map<AppId, AppReport>> RecoverRuns(const EngineParts& parts, AppRunner& runner,
                                               std::stop_token stop);

/// One warning for each unfinished run: what a dry run says instead.
Result<Diagnostics> DescribeUnfinishedRuns(const EngineParts& parts);

}  // namespace gitops

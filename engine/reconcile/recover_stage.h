// RecoverStage: what every command does first: take up the runs that a crash left unfinished,
// and rollbacks that could not be carried out yet.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Brings every unfinished run to an end, carries out the rollbacks that are owed and due, and
/// reports, by app, what was done. For apps that a person `asked_for` a rollback is due at once.
/// Errors: those of the store; kCancelled.
Result<std::map<AppId, AppReport>> RecoverRuns(const EngineParts& parts, AppRunner& runner,
                                               const std::vector<AppId>& asked_for,
                                               std::stop_token stop);

/// The same for one app and nothing else. Nothing when there is nothing to take up.
Result<std::optional<AppReport>> RecoverApp(const EngineParts& parts, AppRunner& runner,
                                            const AppRecord& app, bool asked_for,
                                            std::stop_token stop);

/// One warning for each unfinished run: what a dry run says instead.
Result<Diagnostics> DescribeUnfinishedRuns(const EngineParts& parts);

}  // namespace gitops

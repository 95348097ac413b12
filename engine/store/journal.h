// Journal: how runs change the record. Intent goes in before the effect, the outcome after it, and
// the recorded step follows in the same transaction. Functions without state; the caller holds the
// write transaction.
#pragma once

#include <vector>

#include "engine/base/clock.h"
#include "engine/base/secret.h"
#include "engine/store/sql.h"
#include "engine/store/store.h"

namespace gitops {

/// What every step of the journal needs.
struct JournalContext {
  Connection& connection;
  const Secret& seal_key;
  WallTime now;
  int kept_plans = 50;
};

Result<RunId> BeginRun(const JournalContext& context, const NewRun& run);

/// `plan` is the run's own; REQUIRES: action < plan.actions.size().
Status MarkStarted(const JournalContext& context, RunId run, const Plan& plan, std::size_t action);
Status MarkReplaced(const JournalContext& context, RunId run, const Plan& plan, std::size_t action);
Status MarkFinished(const JournalContext& context, RunId run, const Plan& plan, std::size_t action,
                    const ActionOutcome& outcome);

Status MarkRecovered(const JournalContext& context, RunId run, const Event& event);

Status FinishRun(const JournalContext& context, RunId run, const RunOutcome& outcome);

}  // namespace gitops

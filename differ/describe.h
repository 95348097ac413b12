// Describe: a plan as the report of a pass tells it. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"
#include "engine/model/report.h"

namespace gitops {

/// One report for each action of `plan`, in its order, with the guard in words; all pending.
std::vector<ActionReport> DescribeActions(const Plan& plan);
/// The same of a plan that is not needed any more: what can be is taken out of it.
std::vector<ActionReport> DescribeActions(Plan&& plan);

/// The changes of all actions, each path once, sorted. Where steps differ in what they last ran
/// with, the change that knows both sides counts.
std::vector<Change> CollectChanges(const Plan& plan);

/// kUnchanged for an empty plan, kDelete for a delete plan, kCreate while no step of the app ever
/// succeeded, else kUpdate.
Verdict VerdictOf(const Plan& plan, const RecordedState& recorded);

/// One sentence for the whole app: "environment.TZ and 2 more inputs changed", "the app is new",
/// "app.setup[host]: its last attempt failed", "nothing changed".
std::string DescribePlan(const Plan& plan, const RecordedState& recorded);

/// How many actions of each kind.
struct ActionCounts {
  std::size_t create = 0, update = 0, replace = 0, removed = 0, run = 0;
  std::size_t guarded = 0;  ///< Of all: those that may turn out not to be needed.

  std::size_t Total() const { return create + update + replace + removed + run; }
  bool operator==(const ActionCounts&) const = default;
};

ActionCounts CountActions(const std::vector<ActionReport>& actions);

}  // namespace gitops

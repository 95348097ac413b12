// Run: one application of one plan, journaled. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"

namespace gitops {

/// The names are stored and part of the JSON contract.
enum class RunStatus { kRunning, kSucceeded, kFailed, kCancelled };
enum class ActionStatus { kPending, kRunning, kSucceeded, kFailed, kSkipped, kUnknown };
/// Who asked for a run.
enum class RunTrigger { kSync, kManual, kAutomaticRollback, kRecovery, kPrune };

std::string_view ToString(RunStatus status);
std::optional<RunStatus> ParseRunStatus(std::string_view text);
std::string_view ToString(ActionStatus status);
std::optional<ActionStatus> ParseActionStatus(std::string_view text);
std::string_view ToString(RunTrigger trigger);
std::optional<RunTrigger> ParseRunTrigger(std::string_view text);

/// The journal entry of one action: intent before the effect, outcome after it.
struct ActionRecord {
  ActionStatus status = ActionStatus::kPending;
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  std::optional<Error> error;  ///< Already redacted.
};

struct Run {
  RunId id = 0;
  Plan plan;
  RunTrigger trigger = RunTrigger::kSync;
  RunStatus status = RunStatus::kRunning;
  int snapshot = 0;  ///< The app's snapshot that this run applies; 0 for a deletion.
  WallTime started{};
  std::optional<WallTime> finished;
  int recoveries = 0;                 ///< How often it was taken up after a crash, since it got on.
  std::optional<Error> error;         ///< Why it failed; redacted.
  std::vector<ActionRecord> actions;  ///< One for each action of the plan, in its order.
};

}  // namespace gitops

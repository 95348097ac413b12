// Executor: walks a plan's actions in order, each journaled before and after its driver is called:
// its outcome in one transaction with the start of the next one, or with the end of the run.
// It decides nothing but guards: the plan is followed, never remade. One executor works on one app
// at a time; the store, drivers and clock it borrows are thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/redactor.h"
#include "engine/drivers/driver.h"
#include "engine/model/app_variables.h"
#include "engine/model/recorded_state.h"
#include "engine/model/run.h"
#include "engine/os/sleeper.h"
#include "engine/store/store.h"

namespace gitops {

struct ExecutionRequest {
  const Run& run;
  std::size_t first_action = 0;     ///< Earlier ones are done.
  bool first_has_happened = false;  ///< Recovery saw that the first one needs no driver call.
  bool first_is_started = false;    ///< BeginRun marked it so.
  const RecordedState& recorded;    ///< As it is now.
  const FileTree* app_tree = nullptr;
  const FileTree* pattern_tree = nullptr;
  const AppVariables& variables;
  StepLog& log;
  const Redactor& redactor;  ///< Every error passes through it before it is journaled.
  std::chrono::milliseconds step_timeout{0};
  std::chrono::milliseconds hook_timeout{0};
  std::stop_token pause = {};  ///< No further action is begun after this is requested.
};

struct ExecutionResult {
  std::vector<ActionRecord> actions;  ///< One for each action of the plan.
  std::optional<Error> error;         ///< Of the action that ended the run; redacted.
  /// Outcomes that the journal has not: no effect has followed them, and what the caller writes
  /// next takes them along. None when the run was cancelled.
  std::vector<FinishedAction> finished;
  bool touched_anything = false;  ///< At least one driver was called.
  bool cancelled = false;         ///< A stop was requested; the run stays unfinished.
  Diagnostics warnings;           ///< Failures of optional steps.
};

class Executor {
 public:
  /// Called before (finished = false) and after each action.
  using Observer = std::function<void(const Run&, std::size_t action, const ActionRecord&)>;

  Executor(Store& store, const DriverRegistry& drivers, const Clock& clock, Sleeper& sleeper)
      : store_(store), drivers_(drivers), clock_(clock), sleeper_(sleeper) {}

  /// Carries out the run from its first open action. What goes wrong with an action is in the
  /// result; an Error is returned only when the journal cannot be written, and then nothing further
  /// is done.
  Result<ExecutionResult> Execute(const ExecutionRequest& request, const Observer& observer,
                                  std::stop_token stop);

  /// Journals outcomes at once, and empties `finished`: before an effect that is no action.
  Status Journal(std::vector<FinishedAction>& finished, RunId run);

 private:
  struct Walk;

  using DriverCall = std::function<Result<Outputs>(Driver& driver, const StepContext& context)>;

  Status RunAction(Walk& walk, std::size_t index, std::stop_token stop);
  /// The journal learns that the action begins, and of what has ended before.
  Status Start(Walk& walk, std::size_t index);
  Result<Outputs> CarryOut(Walk& walk, std::size_t index, Status& journal, std::stop_token stop);
  /// Calls the step's driver, a few times when it may work later.
  Result<Outputs> CallDriver(Walk& walk, const Step& step, const std::string& note,
                             const DriverCall& call, std::stop_token stop);

  Store& store_;
  const DriverRegistry& drivers_;
  const Clock& clock_;
  Sleeper& sleeper_;
};

}  // namespace gitops

// Recovery: what to do with a run that a crash or a kill left unfinished. The decision is one pure
// function of the journal and of what was observed; engine/reconcile/app_runner carries it out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "engine/drivers/driver.h"
#include "engine/model/run.h"

namespace gitops {

enum class RecoveryKind {
  kResume,    ///< Nothing was under way: go on with the next action.
  kConclude,  ///< The interrupted action has happened: record it and go on.
  kRedo,      ///< Carry the interrupted action out (again) and go on.
  kFinish,    ///< Everything was done: only the end of the run was not recorded.
  kRollBack,  ///< It was interrupted there again and again: return to the last healthy snapshot.
  kStall,     ///< The same, and there is nothing to return to: wait for a person.
  kHold,      ///< A person suspended the app since: nothing is touched, the run ends where it is.
};

/// "resumed", "finished", …: for the event and the report.
std::string_view ToString(RecoveryKind kind);

struct RecoveryDecision {
  RecoveryKind kind = RecoveryKind::kResume;
  std::size_t action = 0;  ///< Where to go on; the number of actions when nothing is left.
  std::string reason;
};

/// The action that had been started and whose end is not known, if any.
std::optional<std::size_t> InterruptedAction(const Run& run);

struct RecoveryQuestion {
  const Run& run;
  /// What the driver saw of the interrupted action; missing when it could not be asked.
  std::optional<Observation> observed;
  bool has_healthy_snapshot = false;
  bool suspended = false;      ///< By a person, after the run had begun.
  int earlier_recoveries = 0;  ///< Of this run, since it last got on or was stopped on request.
};

/// After this many recoveries of one run the app is taken back: its own action seems to kill the
/// engine.
inline constexpr int kMostRecoveries = 3;

RecoveryDecision DecideRecovery(const RecoveryQuestion& question);

}  // namespace gitops

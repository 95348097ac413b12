#include "engine/reconcile/recovery.h"

#include "engine/base/check.h"
#include "engine/base/mark.h"

namespace gitops {
namespace {

std::size_t FirstPending(const Run& run) {
  std::size_t action = 0;
  while (action < run.actions.size() && (run.actions[action].status == ActionStatus::kSucceeded ||
                                         run.actions[action].status == ActionStatus::kSkipped)) {
    ++action;
  }
  return action;
}

}  // namespace

std::string_view ToString(RecoveryKind kind) {
  switch (kind) {
    case RecoveryKind::kResume:
      return "resumed";
    case RecoveryKind::kConclude:
      return "resumed after an action that had happened";
    case RecoveryKind::kRedo:
      return "resumed by repeating an action";
    case RecoveryKind::kFinish:
      return "finished";
    case RecoveryKind::kRollBack:
      return "rolled back";
    case RecoveryKind::kStall:
      return "stalled";
    case RecoveryKind::kHold:
      return "held";
  }
  CHECK(false);
}

std::optional<std::size_t> InterruptedAction(const Run& run) {
  for (std::size_t i = 0; i < run.actions.size(); ++i) {
    if (run.actions[i].status == ActionStatus::kRunning) return i;
  }
  return std::nullopt;
}

RecoveryDecision DecideRecovery(const RecoveryQuestion& question) {
  const Run& run = question.run;
  CHECK(run.actions.size() == run.plan.actions.size());
  const std::size_t pending = FirstPending(run);
  const auto interrupted = InterruptedAction(run);

  if (pending == run.actions.size()) {
    REACHED("recovery: every action had been carried out");
    return {RecoveryKind::kFinish, pending, "every action had been carried out"};
  }
  if (run.actions[pending].status == ActionStatus::kFailed ||
      run.actions[pending].status == ActionStatus::kUnknown) {
    REACHED("recovery: an action had failed");
    return {RecoveryKind::kFinish, pending, "an action had failed"};
  }
  const Action& action = run.plan.actions[pending];
  const std::string address = action.step.address.ToString();
  if (question.suspended) {
    REACHED("recovery: the app was suspended, so it is held");
    const bool gone = interrupted && question.observed == Observation::kAbsent;
    return {RecoveryKind::kHold, pending,
            "the app is suspended; " + address +
                (!interrupted ? " had not begun"
                 : gone       ? " is not there"
                              : " was interrupted")};
  }
  if (question.earlier_recoveries >= kMostRecoveries && run.plan.kind != PlanKind::kDelete) {
    const bool back = question.has_healthy_snapshot && run.plan.kind == PlanKind::kApply;
    if (back) REACHED("recovery: interrupted too often, rolled back");
    if (!back) REACHED("recovery: interrupted too often, stalled");
    return {back ? RecoveryKind::kRollBack : RecoveryKind::kStall, pending,
            "the engine ended during " + address + " " +
                std::to_string(question.earlier_recoveries + 1) + " times"};
  }
  if (!interrupted) {
    REACHED("recovery: nothing was under way");
    return {RecoveryKind::kResume, pending, "nothing was under way; next is " + address};
  }
  CHECK(*interrupted == pending);  // Actions run one after the other.
  if (action.kind == ActionKind::kDelete && question.observed == Observation::kAbsent) {
    REACHED("recovery: a deletion had happened");
    return {RecoveryKind::kConclude, pending, address + " is gone, as it was to be"};
  }
  REACHED("recovery: an action is carried out again");
  // Everything else is carried out again: resources because drivers are idempotent, hooks because a
  // half-run hook leaves nothing that could be relied on.
  return {RecoveryKind::kRedo, pending, address + " was interrupted, so it runs again"};
}

}  // namespace gitops

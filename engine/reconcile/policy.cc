#include "engine/reconcile/policy.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/mark.h"
#include "engine/base/timestamp.h"

namespace gitops {
namespace {

constexpr int kMostRetries = 5;

using std::chrono::milliseconds;

constexpr milliseconds kFirstRetryDelay{5'000};
constexpr milliseconds kMostRetryDelay{300'000};
/// With the most jitter that RetryDelay adds.
constexpr milliseconds kLongestRetryDelay = kMostRetryDelay + kMostRetryDelay / 4;

/// True when it is worth waiting for. A time that lies further ahead than any delay was written
/// while the clock was wrong: waiting for it could take years.
bool IsAhead(WallTime next, WallTime now) { return next > now && next - now <= kLongestRetryDelay; }

/// "attempt 3 is due at …". REQUIRES: retry.next.
std::string NextAttempt(const RetryState& retry) {
  return "attempt " + std::to_string(retry.attempts + 1) + " is due at " +
         FormatTimestamp(*retry.next);
}

ApplyDecision Blocked(std::string reason) { return {Permission::kBlocked, std::move(reason)}; }

}  // namespace

ApplyDecision DecideApply(const ApplyQuestion& question) {
  const AppRecord& app = question.app;
  const std::string name = app.id.ToString();
  if (app.suspension) {
    return Blocked("suspended by " + app.suspension->by + " (" + app.suspension->reason +
                   "); to go on: tfgrid-compose resume " + name);
  }
  const auto& rejected = app.rejected;
  const bool is_rejected =
      std::find(rejected.begin(), rejected.end(), question.desired_digest) != rejected.end();
  if (is_rejected && app.owed_rollback > 0) {
    REACHED("policy: a rollback that failed is owed");
    return Blocked("its rollback to snapshot " + std::to_string(app.owed_rollback) + " failed; " +
                   (app.retry && app.retry->next ? NextAttempt(*app.retry) : "it is tried again") +
                   "; at once: tfgrid-compose reconcile " + name);
  }
  if (is_rejected) {
    // The way back failed too: that tells more.
    if (app.health == Health::kDegraded && app.reason.starts_with("run ")) {
      return Blocked(app.reason);
    }
    REACHED("policy: a rejected state is not applied again");
    std::string where = app.pinned_snapshot > 0
                            ? "; it stays at snapshot " + std::to_string(app.pinned_snapshot)
                            : "";
    return Blocked("this state was rejected by a rollback" + where +
                   "; push a commit that changes the app, or: tfgrid-compose resume " + name);
  }
  if (question.asked_for) return {};
  if (app.retry && app.retry->desired_digest == question.desired_digest) {
    if (!app.retry->next) {
      REACHED("policy: a failed state waits for a change");
      // The failure itself tells more than that it waits.
      if (app.reason.starts_with("run ")) return Blocked(app.reason);
      return Blocked(
          "it failed and waits for a change; push a fix, or try again: "
          "tfgrid-compose reconcile " +
          name);
    }
    if (IsAhead(*app.retry->next, question.now)) {
      REACHED("policy: the next attempt is not due yet");
      return Blocked(NextAttempt(*app.retry) + "; at once: tfgrid-compose reconcile " + name);
    }
  }
  if (question.sync == SyncPolicy::kManual) {
    return {Permission::kHold,
            "sync is manual in this environment; to apply: tfgrid-compose reconcile " + name};
  }
  return {};
}

bool MayPayRollback(const AppRecord& app, bool asked_for, WallTime now) {
  CHECK(app.owed_rollback > 0);
  if (app.suspension) return false;
  if (asked_for || !app.retry || !app.retry->next) return true;
  return !IsAhead(*app.retry->next, now);
}

std::string RefuseRepeatedDeletion(const AppRecord& app, bool named, WallTime now) {
  // Only deletions have no digest: a failure of anything else is no reason to keep the app.
  if (named || !app.retry || !app.retry->desired_digest.empty()) return "";
  if (!app.retry->next) {
    REACHED("prune: a deletion that failed waits for a person");
    return "its deletion failed and waits for a person";
  }
  if (!IsAhead(*app.retry->next, now)) return "";
  REACHED("prune: the next attempt is not due yet");
  return "its deletion failed; " + NextAttempt(*app.retry);
}

FailureReaction DecideFailure(const FailureQuestion& question) {
  // A failed deletion or rollback is never answered by another rollback.
  const bool can_roll_back = question.plan_kind == PlanKind::kApply &&
                             question.on_failure == OnFailure::kRollback &&
                             question.has_healthy_snapshot;
  switch (question.kind) {
    case ErrorKind::kTransient:
    case ErrorKind::kConflict:
      // Nothing was touched: the app still works, so trying again costs nothing.
      if (!question.touched_anything && question.attempts < kMostRetries) {
        return FailureReaction::kRetryLater;
      }
      if (can_roll_back) return FailureReaction::kRollBack;
      return question.attempts < kMostRetries ? FailureReaction::kRetryLater
                                              : FailureReaction::kPark;
    case ErrorKind::kInvalid:
    case ErrorKind::kNotFound:
    case ErrorKind::kUnknownOutcome:
      return can_roll_back && question.touched_anything ? FailureReaction::kRollBack
                                                        : FailureReaction::kPark;
    case ErrorKind::kCancelled:
      return question.suspended ? FailureReaction::kHold : FailureReaction::kRetryLater;
    case ErrorKind::kCorruption:
      return FailureReaction::kPark;
  }
  return FailureReaction::kPark;
}

std::chrono::milliseconds RetryDelay(int attempts, double jitter) {
  const int doublings = std::clamp(attempts - 1, 0, 10);
  const milliseconds delay = std::min(kMostRetryDelay, kFirstRetryDelay * (1 << doublings));
  return delay + milliseconds(static_cast<std::int64_t>(static_cast<double>(delay.count()) / 4 *
                                                        std::clamp(jitter, 0.0, 1.0)));
}

std::chrono::milliseconds ActionRetryDelay(int attempt) {
  return std::chrono::milliseconds(1000) * (1 << std::clamp(attempt - 1, 0, 4));
}

std::string RefusePrune(const PruneQuestion& question) {
  if (question.named) return "";
  if (!question.enabled) {
    REACHED("prune: an orphan stays because prune is off");
    return "its manifest is gone from the source; it runs on, because prune is off";
  }
  if (!question.clean_read) {
    REACHED("prune: the read was doubtful");
    return "its manifest is gone, but the source could not be read completely; nothing is deleted "
           "after a doubtful read";
  }
  const std::size_t allowed = std::max<std::size_t>(
      1, question.apps * static_cast<std::size_t>(std::max(0, question.max_percent)) / 100);
  if (question.orphans > allowed) {
    REACHED("prune: too many apps vanished at once");
    return std::to_string(question.orphans) + " of " + std::to_string(question.apps) +
           " apps of the source are gone at once, more than maxPrune allows (" +
           std::to_string(allowed) + "); that looks like a mistake, so nothing is deleted";
  }
  return "";
}

}  // namespace gitops

// Policy: what to do with a plan, with a failure and with orphans. Every decision here is a pure
// function of values, so each can be read, tested and explained on its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/model/app_record.h"
#include "engine/model/config.h"
#include "engine/model/plan.h"

namespace gitops {

// --- May a plan be applied?

enum class Permission {
  kApply,
  kHold,     ///< Waits for a person by choice (manual sync): shown as pending, not as blocked.
  kBlocked,  ///< Something is in the way: suspended, rejected, parked after a failure.
};

struct ApplyDecision {
  Permission permission = Permission::kApply;
  std::string reason;  ///< One sentence with what to do next; "" when it is applied.
};

struct ApplyQuestion {
  const AppRecord& app;
  std::string desired_digest;
  SyncPolicy sync = SyncPolicy::kAuto;
  bool asked_for = false;  ///< A person named the app: manual sync and parking do not hold it back.
  WallTime now{};
};

/// Decides about a plan that is not empty.
ApplyDecision DecideApply(const ApplyQuestion& question);

/// May the rollback that an app owes begin now? One that failed waits for its next attempt, unless
/// a person names the app; that of a suspended app waits for `resume`. REQUIRES: owed_rollback > 0.
bool MayPayRollback(const AppRecord& app, bool asked_for, WallTime now);

/// "" when a deletion that failed before may be tried again; else the sentence that says when, or
/// that it waits for a person. `named`: a person asked for this very deletion.
std::string RefuseRepeatedDeletion(const AppRecord& app, bool named, WallTime now);

// --- What follows a failed run?

enum class FailureReaction {
  kRetryLater,  ///< Backoff; the app stays as it is until then.
  kRollBack,    ///< To the last healthy snapshot; the digest is rejected.
  kPark,        ///< Stalled until its input changes or a person asks.
  kHold,        ///< A person stopped it: nothing is decided until `resume`.
};

struct FailureQuestion {
  ErrorKind kind = ErrorKind::kInvalid;
  PlanKind plan_kind = PlanKind::kApply;
  OnFailure on_failure = OnFailure::kRollback;
  bool has_healthy_snapshot = false;
  bool touched_anything = false;  ///< An action was started.
  bool suspended = false;
  int attempts = 0;  ///< Failures of the same digest before this one.
};

FailureReaction DecideFailure(const FailureQuestion& question);

/// How long to wait before attempt `attempts` + 1: 5 s doubled each time up to 5 min, and up to a
/// quarter more by `jitter` in [0, 1).
std::chrono::milliseconds RetryDelay(int attempts, double jitter);

/// Attempts at one action inside a run when it fails with kTransient, and the wait between them.
inline constexpr int kActionAttempts = 3;
std::chrono::milliseconds ActionRetryDelay(int attempt);

// --- May orphans be deleted?

struct PruneQuestion {
  std::size_t orphans = 0;
  std::size_t apps = 0;     ///< Of the source, orphans included.
  bool enabled = false;     ///< `prune: true`, or `--prune`.
  bool clean_read = false;  ///< The source was read and every manifest of it could be.
  int max_percent = 20;
  bool named = false;  ///< A person named each of them.
};

/// "" when all orphans may go; else the sentence that says why they wait and what to do.
std::string RefusePrune(const PruneQuestion& question);

}  // namespace gitops

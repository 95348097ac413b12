// AppRunner: carries out a candidate's plan to its end: begin the run durably, execute, decide what
// follows a failure, finish; also takes up runs that a crash left behind. One call works on one
// app; calls for different apps may run on several threads, of which limits.parallelApps change
// their apps at once while others write down what they did.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/model/run.h"
#include "engine/model/snapshot.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/effect_turns.h"
#include "engine/reconcile/executor.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/recovery.h"

namespace gitops {

class AppRunner {
 public:
  explicit AppRunner(const EngineParts& parts)
      : parts_(parts),
        executor_(parts.store, parts.drivers, parts.clock, parts.sleeper),
        turns_(std::max(1, parts.config.limits.parallel_apps)) {}

  /// Applies the candidate's plan. `snapshot` is as KeepSnapshots gave it and recorded with the
  /// run; none for a rollback or a deletion. When it can be kept by halves only, the run stays
  /// unfinished without an effect, for Recover. After a deletion `keep_row` keeps the app's row
  /// (it is still in Git and must not come back by itself). A failing app is in its report, not an
  /// Error.
  Status Apply(Candidate& candidate, RunTrigger trigger, std::optional<Snapshot> snapshot,
               bool keep_row, std::stop_token stop);

  /// Takes up an unfinished run. `candidate` holds the app's record and source; the report and an
  /// event say what was done.
  Status Recover(const Run& run, Candidate& candidate, std::stop_token stop);

  /// Plans the way back to `snapshot` and applies it (or only plans it). Rejects `rejected`
  /// digests.
  Status RollBack(Candidate& candidate, const Snapshot& snapshot, RunTrigger trigger,
                  const std::vector<std::string>& rejected, bool dry_run, std::stop_token stop);

  /// Carries out the automatic rollback that the app's record owes.
  /// REQUIRES: candidate.record.owed_rollback > 0.
  Status PayRollback(Candidate& candidate, std::stop_token stop);

  /// The newest healthy snapshot that is not `except`; nothing when there is none.
  Result<std::optional<Snapshot>> LastHealthy(const AppId& app, int except);

 private:
  struct Job;
  /// Where a run is entered.
  struct Entry {
    std::size_t action = 0;     ///< Earlier ones are done.
    bool has_happened = false;  ///< Recovery saw that it needs no driver call.
    bool is_started = false;    ///< BeginRun marked it so.
  };

  /// Says that the way back to `snapshot` cannot be planned; the report's diagnostics say why. An
  /// automatic rollback stays owed and is planned again later.
  Status RefuseRollback(Candidate& candidate, const Snapshot& snapshot, RunTrigger trigger,
                        bool dry_run);
  /// Whether the first action is the next thing to happen once the run has begun: the two are one
  /// transaction then.
  static bool StartsAtOnce(const Job& job);
  Result<Run> Begin(Candidate& candidate, const Job& job);
  /// Has effects as long as it holds `turn`, not while it writes down how the run ended.
  Status Carry(Candidate& candidate, Job& job, const Run& run, Entry entry,
               std::unique_lock<EffectTurns> turn, std::stop_token stop);
  Status Conclude(Candidate& candidate, const Job& job, const Run& run, ExecutionResult result,
                  std::stop_token stop);
  void RecordSuccess(Candidate& candidate, const Job& job, const Run& run, RunOutcome& outcome);
  Result<FailureReaction> RecordFailure(Candidate& candidate, const Job& job, const Run& run,
                                        const ExecutionResult& result, RunOutcome& outcome);
  Result<Job> JobOfRun(const Run& run, const Candidate& candidate);
  /// Guards the run's snapshot, which a crash may have prevented; what prevents it now is what the
  /// job lacks.
  Status GuardAgain(const Run& run, const Candidate& candidate, Job& job);
  Result<RecoveryDecision> Decide(const Run& run, const Candidate& candidate, const Job& job,
                                  std::stop_token stop);
  Result<std::vector<int>> SnapshotNumbers(const AppId& app);
  Status DropOldSnapshots(const Candidate& candidate, int current, int pinned, RunOutcome& outcome);
  Event MakeEvent(const Candidate& candidate, std::string type, Severity severity, RunId run,
                  std::string message) const;
  void Report(Candidate& candidate, const Run& run, const ExecutionResult& result) const;
  void Announce(Progress::Kind kind, const Candidate& candidate, std::string detail,
                bool failed) const;

  const EngineParts& parts_;
  Executor executor_;
  EffectTurns turns_;  ///< Of the apps that are changed at once.
};

}  // namespace gitops

// The part of AppRunner that brings an app back to a snapshot, on request or after a failure.
#include <algorithm>
#include <utility>

#include "differ/describe.h"
#include "differ/planner.h"
#include "engine/base/mark.h"
#include "engine/reconcile/app_job.h"
#include "engine/reconcile/app_outcome.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/policy.h"

namespace gitops {
namespace {

constexpr std::size_t kMostRejected = 20;

/// The state that is returned to is wanted again; the ones it is returned from are not.
void RejectAllBut(AppRecord& record, const std::string& wanted,
                  const std::vector<std::string>& digests) {
  for (const std::string& digest : digests) Reject(record, digest);
  std::erase(record.rejected, wanted);
}

/// Values and secrets never come from a snapshot; when that makes a difference, it is said.
void NoteTodaysValues(const Snapshot& snapshot, const std::string& digest, AppReport& report) {
  if (snapshot.desired_digest == digest) return;
  Diagnostic note;
  note.severity = Severity::kNote;
  note.summary = "a rollback uses the values of today";
  note.subject = "snapshot " + std::to_string(snapshot.number);
  note.detail =
      "values of the environment changed since the snapshot was made; they are not rolled back";
  report.diagnostics.push_back(std::move(note));
}

}  // namespace

void Reject(AppRecord& record, const std::string& digest) {
  if (digest.empty()) return;
  auto& rejected = record.rejected;
  if (std::find(rejected.begin(), rejected.end(), digest) != rejected.end()) return;
  rejected.push_back(digest);
  if (rejected.size() > kMostRejected) rejected.erase(rejected.begin());
}

Status AppRunner::PayRollback(Candidate& candidate, std::stop_token stop) {
  AppRecord& record = candidate.record;
  CHECK(record.owed_rollback > 0);
  ASSIGN_OR_RETURN(const auto snapshot, parts_.store.LoadSnapshot(record.id, record.owed_rollback));
  if (!snapshot) {
    record.reason = "the rollback to snapshot " + std::to_string(record.owed_rollback) +
                    " is not possible: it is gone; push a fix";
    record.owed_rollback = 0;
    candidate.report->reason = record.reason;
    candidate.report->failed = true;
    return SaveOutcome(parts_.store, record, {});
  }
  return RollBack(candidate, *snapshot, RunTrigger::kAutomaticRollback, {}, false, stop);
}

Status AppRunner::RefuseRollback(Candidate& candidate, const Snapshot& snapshot, RunTrigger trigger,
                                 bool dry_run) {
  REACHED("rollback: it cannot be planned");
  AppReport& report = *candidate.report;
  AppRecord& record = candidate.record;
  report.failed = true;
  report.reason =
      "the way back to snapshot " + std::to_string(snapshot.number) + " cannot be planned";
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    report.reason += ": " + diagnostic.summary;
    break;
  }
  if (dry_run) return {};
  record.reason = report.reason;
  std::vector<Event> events;
  if (trigger == RunTrigger::kAutomaticRollback) {
    // It stays owed; what is missing, like a secret of today, may come back without a push.
    const bool first = !record.retry || !record.retry->next;
    if (!record.retry) record.retry = RetryState{0, std::nullopt, ErrorKind::kInvalid, ""};
    const double jitter = static_cast<double>(parts_.random.Below(1000)) / 1000.0;
    record.retry->next = parts_.clock.Now() + RetryDelay(++record.retry->attempts, jitter);
    if (first) {
      events.push_back(MakeEvent(candidate, "app.rollback_failed", Severity::kError,
                                 record.last_run, record.reason + "; it is tried again"));
    }
  }
  return SaveOutcome(parts_.store, record, events);
}

Status AppRunner::RollBack(Candidate& candidate, const Snapshot& snapshot, RunTrigger trigger,
                           const std::vector<std::string>& rejected, bool dry_run,
                           std::stop_token stop) {
  AppReport& report = *candidate.report;
  AppRecord& record = candidate.record;
  ASSIGN_OR_RETURN(candidate.recorded, parts_.store.LoadRecorded(record.id));
  ASSIGN_OR_RETURN(BuildOutcome outcome, BuildFromSnapshot(parts_, *candidate.source, snapshot));
  if (auto* failure = std::get_if<BuildFailure>(&outcome)) {
    report.diagnostics.insert(report.diagnostics.end(), failure->diagnostics.begin(),
                              failure->diagnostics.end());
    return RefuseRollback(candidate, snapshot, trigger, dry_run);
  }
  candidate.wanted = std::make_unique<Wanted>(std::get<Wanted>(std::move(outcome)));
  ASSIGN_OR_RETURN(Plan plan,
                   BuildPlan(candidate.wanted->desired, candidate.recorded,
                             {.kind = PlanKind::kRollback, .to_snapshot = snapshot.number}));
  const bool automatic = trigger == RunTrigger::kAutomaticRollback;
  const bool empty = plan.IsEmpty();
  NoteTodaysValues(snapshot, plan.desired_digest, report);
  RejectAllBut(record, plan.desired_digest, rejected);
  candidate.plan = std::make_unique<Plan>(std::move(plan));
  if (dry_run) {
    report.plan_kind = PlanKind::kRollback;
    report.to_snapshot = snapshot.number;
    report.actions = DescribeActions(*candidate.plan);
    return {};
  }
  if (empty) {
    REACHED("rollback: nothing of the failed attempt took effect");
    // Nothing of the failed attempt took effect: the app is still what the snapshot says.
    record.current_snapshot = record.pinned_snapshot = snapshot.number;
    record.owed_rollback = 0;
    record.health = Health::kHealthy;
    record.dirty = record.desired_digest != candidate.plan->desired_digest;
    record.reason = "stays at snapshot " + std::to_string(snapshot.number);
    report.health = record.health;
    report.reason = record.reason;
    report.rolled_back = automatic;
    return SaveOutcome(parts_.store, record, {});
  }
  // A rollback that follows a failure is told in its own words; the failed run keeps the report.
  AppReport failed_report = report;
  const std::string failed_run =
      "run " + std::to_string(report.run != 0 ? report.run : record.last_run) + " failed";
  RETURN_IF_ERROR(Apply(candidate, trigger, std::nullopt, false, stop));
  if (!automatic) return {};
  const bool came_back = record.health == Health::kHealthy;
  failed_report.rolled_back = came_back;
  failed_report.failed |= !came_back;
  if (failed_report.run == 0) failed_report.run = record.last_run;  // It failed in an earlier pass.
  failed_report.sync = record.sync;
  failed_report.health = record.health;
  failed_report.snapshot = record.current_snapshot;
  failed_report.applied_revision = record.applied_revision;
  failed_report.reason =
      came_back ? failed_run + "; " + record.reason + " by run " + std::to_string(record.last_run)
                : failed_run + ", and so did the rollback: " + record.reason;
  if (!came_back) {
    REACHED("rollback: it failed too");
    failed_report.diagnostics.insert(failed_report.diagnostics.end(), report.diagnostics.begin(),
                                     report.diagnostics.end());
  }
  record.reason = failed_report.reason;
  report = std::move(failed_report);
  return SaveOutcome(parts_.store, record,
                     {MakeEvent(candidate, came_back ? "app.rolled_back" : "app.rollback_failed",
                                came_back ? Severity::kWarning : Severity::kError, record.last_run,
                                record.reason)});
}

}  // namespace gitops

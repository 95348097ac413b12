#include "engine/reconcile/app_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "differ/describe.h"
#include "differ/planner.h"
#include "differ/reasons.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/drift_check.h"
#include "engine/reconcile/manifest_loader.h"
#include "engine/reconcile/touched_app.h"

namespace gitops {
namespace {

void ReportHead(const AppRecord& record, AppReport& report) {
  report.app = record.id;
  report.source = record.source;
  report.revision = record.revision;
  report.applied_revision = record.applied_revision;
  report.snapshot = record.current_snapshot;
  report.sync = record.sync;
  report.health = ShownHealth(record);
  report.reason = record.reason;
  report.diagnostics = record.diagnostics;
}

/// The verdict of the last look, as far as the record tells.
Verdict VerdictOfPresent(const AppRecord& record) {
  if (record.sync == SyncStatus::kSynced) return Verdict::kUnchanged;
  const bool rejected = std::find(record.rejected.begin(), record.rejected.end(),
                                  record.desired_digest) != record.rejected.end();
  if (record.suspension || rejected || record.retry || HasErrors(record.diagnostics)) {
    return Verdict::kBlocked;
  }
  return record.has_recorded_steps ? Verdict::kUpdate : Verdict::kCreate;
}

void SetBroken(Candidate& candidate, Verdict verdict, Diagnostics diagnostics) {
  AppRecord& record = candidate.record;
  record.diagnostics = std::move(diagnostics);
  record.sync = record.has_recorded_steps ? SyncStatus::kOutOfSync : SyncStatus::kUnknown;
  if (!record.has_recorded_steps) record.health = Health::kMissing;
  record.reason = record.diagnostics.empty() ? "" : record.diagnostics.front().summary;
  if (record.has_recorded_steps) record.reason += "; the last good state stays in force";
  record.dirty = true;
  candidate.report->verdict = verdict;
}

/// One error for each driver that a step needs and this version does not have.
Diagnostics MissingDrivers(const EngineParts& parts, const DesiredState& desired) {
  Diagnostics missing;
  std::set<std::string> named;
  for (const Step& step : desired.steps) {
    if (parts.drivers.Find(step.driver) != nullptr || !named.insert(step.driver).second) continue;
    Diagnostic diagnostic;
    diagnostic.summary = "a driver is not there";
    diagnostic.subject = step.address.ToString();
    diagnostic.detail = "provider " + desired.provider + " of pattern " + desired.pattern +
                        " needs driver \"" + step.driver + "\", which this version does not have";
    diagnostic.hint = "set another provider for the app or its environment, e.g. provider: local";
    missing.push_back(std::move(diagnostic));
  }
  return missing;
}

/// Why steps run again although nothing they depend on changed: what they made is not there as it
/// was made. Only looked for when a person named the app, so that nothing heals by surprise; and
/// only resources, since hooks are not safe to repeat.
Result<std::map<StepAddress, Reason>> DriftOf(const EngineParts& parts,
                                              const Candidate& candidate) {
  std::map<StepAddress, Reason> reasons;
  const AppRecord& record = candidate.record;
  if (!candidate.asked_for || record.suspension || candidate.recorded.steps.empty()) {
    return reasons;
  }
  ASSIGN_OR_RETURN(const bool running, IsRunning(parts, record));
  if (running) return reasons;
  const auto is_resource = [](const RecordedStep& step) {
    return step.step.nature == StepNature::kResource;
  };
  ASSIGN_OR_RETURN(const auto drifts,
                   ObserveSteps(parts, record, candidate.recorded, is_resource, {}));
  for (const StepDrift& drift : drifts) {
    if (HasDrifted(drift.verdict)) reasons.emplace(drift.address, DriftReason(drift));
  }
  return reasons;
}

bool IsDuplicate(const AppRecord& record) {
  return record.presence == Presence::kInvalid && !record.diagnostics.empty() &&
         record.diagnostics.front().summary == kDuplicateSummary;
}

/// This pass has read the manifest and found errors: reading it again would find the same.
bool HasFreshErrors(const Candidate& candidate) {
  return candidate.record.presence == Presence::kInvalid && candidate.read == nullptr &&
         !candidate.manifest_file.empty();
}

void SetUnchanged(Candidate& candidate) {
  AppRecord& record = candidate.record;
  record.sync = SyncStatus::kSynced;
  record.health = Health::kHealthy;
  record.reason.clear();
  record.retry.reset();
  record.pinned_snapshot = record.owed_rollback = 0;
  record.dirty = false;
  if (record.applied_revision.commit.IsZero()) record.applied_revision = record.revision;
  candidate.report->verdict = Verdict::kUnchanged;
}

SyncPolicy SyncOf(const Candidate& candidate, const Config& config) {
  const auto environment = config.environments.find(candidate.record.id.environment);
  if (environment == config.environments.end()) return EnvironmentSpec().sync;
  const auto& apps = environment->second.apps;
  const auto override = apps.find(candidate.record.id.name);
  if (override != apps.end() && override->second.sync) return *override->second.sync;
  return environment->second.sync;
}

void SetPlanned(Candidate& candidate, const EngineParts& parts) {
  AppRecord& record = candidate.record;
  const Plan& plan = *candidate.plan;
  record.sync = SyncStatus::kOutOfSync;
  record.dirty = true;
  if (!record.has_recorded_steps) record.health = Health::kMissing;
  candidate.report->verdict = record.has_recorded_steps ? Verdict::kUpdate : Verdict::kCreate;
  if (!candidate.viewed) candidate.report->changes = CollectChanges(plan);
  candidate.decision = DecideApply({.app = record,
                                    .desired_digest = plan.desired_digest,
                                    .sync = SyncOf(candidate, parts.config),
                                    .asked_for = candidate.asked_for,
                                    .now = parts.clock.Now()});
  record.reason = candidate.decision.reason.empty() ? DescribePlan(plan, candidate.recorded)
                                                    : candidate.decision.reason;
  if (candidate.decision.permission == Permission::kBlocked) {
    candidate.report->verdict = Verdict::kBlocked;
  } else {
    candidate.report->actions =
        candidate.viewed ? DescribeActions(std::move(*candidate.plan)) : DescribeActions(plan);
  }
}

}  // namespace

void Block(Candidate& candidate, std::string reason) {
  candidate.decision = {Permission::kBlocked, reason};
  candidate.record.reason = std::move(reason);
  candidate.record.dirty = true;
  candidate.report->verdict = Verdict::kBlocked;
  candidate.report->actions.clear();
  candidate.report->view = nullptr;
  candidate.report->reason = candidate.record.reason;
}

Verdict VerdictFromRecord(const AppRecord& record) {
  switch (record.presence) {
    case Presence::kOrphaned:
      return Verdict::kOrphaned;
    case Presence::kInvalid:
      return Verdict::kInvalid;
    case Presence::kPresent:
      break;
  }
  return VerdictOfPresent(record);
}

Health ShownHealth(const AppRecord& record) {
  return record.suspension ? Worst(record.health, Health::kSuspended) : record.health;
}

AppReport ReportFromRecord(const AppRecord& record) {
  AppReport report;
  ReportHead(record, report);
  report.verdict = VerdictFromRecord(record);
  return report;
}

Status PlanCandidate(const EngineParts& parts, PatternShelf& patterns, const ObjectId& source_tree,
                     Candidate& candidate) {
  AppRecord& record = candidate.record;
  Count(parts.counters.apps_planned);
  candidate.planned = true;
  if (record.has_recorded_steps) {
    ASSIGN_OR_RETURN(candidate.recorded, parts.store.LoadRecorded(record.id));
  }
  candidate.recorded.app = record.id;
  candidate.recorded.serial = record.recorded_serial;

  if (record.presence == Presence::kOrphaned) {
    record.sync = SyncStatus::kOutOfSync;
    candidate.report->verdict = Verdict::kOrphaned;
  } else if (IsDuplicate(record) || HasFreshErrors(candidate)) {
    SetBroken(candidate, Verdict::kInvalid, record.diagnostics);
  } else {
    auto outcome = BuildWanted(parts, patterns, candidate, source_tree);
    if (!outcome) {
      if (outcome.error().kind == ErrorKind::kCancelled) return std::move(outcome).error();
      // What cannot be read of one repository is no reason to stop the apps of the others.
      SetBroken(candidate, Verdict::kBlocked, std::move(outcome).error().diagnostics);
    } else if (auto* failure = std::get_if<BuildFailure>(&*outcome)) {
      SetBroken(candidate, failure->verdict, std::move(failure->diagnostics));
    } else {
      candidate.wanted = std::make_unique<Wanted>(std::get<Wanted>(*std::move(outcome)));
      candidate.depends_on_place = PlaceOfDependencies(*candidate.wanted->manifest);
      if (Diagnostics missing = MissingDrivers(parts, candidate.wanted->desired);
          !missing.empty()) {
        SetBroken(candidate, Verdict::kBlocked, std::move(missing));
        ReportHead(record, *candidate.report);
        return {};
      }
      record.presence = Presence::kPresent;
      // A copy that is moved, as assigning in place would keep the memory of what it replaces.
      record.diagnostics = Diagnostics(candidate.wanted->desired.diagnostics);
      DesiredState& desired = candidate.wanted->desired;
      PlanOptions options;
      ASSIGN_OR_RETURN(options.drifted, DriftOf(parts, candidate));
      ASSIGN_OR_RETURN(Plan plan,
                       BuildPlan(candidate.explained ? desired : std::exchange(desired, {}),
                                 candidate.recorded, options));
      record.desired_digest = plan.desired_digest;
      // The wait of a rollback that is owed, or of what Git says now.
      if (record.retry && record.retry->desired_digest != record.desired_digest &&
          record.owed_rollback == 0) {
        record.retry.reset();
      }
      if (plan.IsEmpty()) {
        SetUnchanged(candidate);
      } else {
        candidate.plan = std::make_unique<Plan>(std::move(plan));
        SetPlanned(candidate, parts);
      }
    }
  }
  ReportHead(record, *candidate.report);
  return {};
}

}  // namespace gitops

// The commands of EngineImpl that change something.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "differ/describe.h"
#include "engine/os/directory_tree.h"
#include "engine/reconcile/app_directory.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_holds.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/apply_stage.h"
#include "engine/reconcile/dependencies.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/engine_impl.h"
#include "engine/reconcile/make_engine.h"
#include "engine/reconcile/manifest_loader.h"
#include "engine/reconcile/names.h"
#include "engine/reconcile/prune.h"
#include "engine/reconcile/reconcile_pass.h"
#include "engine/reconcile/recover_stage.h"
#include "engine/reconcile/snapshot_stage.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

Event MakeAppEvent(const EngineParts& parts, const AppId& app, std::string type,
                   std::string message) {
  Event event;
  event.time = parts.clock.Now();
  event.type = std::move(type);
  event.app = app;
  event.message = std::move(message);
  return event;
}

}  // namespace

std::unique_ptr<Engine> MakeEngine(const EngineParts& parts) {
  return std::make_unique<EngineImpl>(parts);
}

EngineParts EngineImpl::WithMirror(const EngineParts& parts, GitMirror& mirror) {
  return EngineParts{.config = parts.config,
                     .store = parts.store,
                     .mirror = mirror,
                     .drivers = parts.drivers,
                     .secrets = parts.secrets,
                     .hosts = parts.hosts,
                     .clock = parts.clock,
                     .random = parts.random,
                     .sleeper = parts.sleeper,
                     .log = parts.log,
                     .counters = parts.counters,
                     .open_run_log = parts.open_run_log,
                     .run_log_path = parts.run_log_path,
                     .progress = parts.progress,
                     .user = parts.user,
                     .digest_key = parts.digest_key,
                     .beside_others = parts.beside_others,
                     .pause = parts.pause,
                     .drift = parts.drift};
}

Candidate EngineImpl::CandidateOf(const AppRecord& record) const {
  Candidate candidate;
  candidate.stored = std::make_shared<const AppRecord>(record);
  candidate.record = record;
  candidate.source = std::make_shared<const SourceSpec>(SpecOf(parts_.config, record));
  candidate.asked_for = true;
  *candidate.report = ReportFromRecord(record);
  candidate.report->diagnostics.clear();
  return candidate;
}

Result<ReconcileReport> EngineImpl::OneAppReport(Candidate& candidate, bool dry_run) const {
  ReconcileReport report;
  report.dry_run = dry_run;
  if (candidate.report->verdict == Verdict::kUnchanged) report.unchanged = 1;
  report.apps.push_back(*candidate.report);
  return report;
}

Result<ReconcileReport> EngineImpl::Reconcile(const ReconcileRequest& request,
                                              std::stop_token stop) {
  if (parts_.beside_others && !request.dry_run) {
    return MakeError(ErrorKind::kConflict, "a whole pass cannot run beside other work",
                     "work on sources and apps is under way");
  }
  ReconcilePass pass(parts_, request, std::move(stop));
  return pass.Run();
}

// --- Rollback
// -------------------------------------------------------------------------------------

Result<Snapshot> EngineImpl::ChooseSnapshot(const AppRecord& record,
                                            std::optional<int> number) const {
  ASSIGN_OR_RETURN(const auto snapshots, parts_.store.ListSnapshots(record.id));
  std::string current;  // A snapshot of the same state would be no way back.
  for (const Snapshot& snapshot : snapshots) {
    if (snapshot.number == record.current_snapshot) current = snapshot.desired_digest;
  }
  std::string healthy;
  for (const Snapshot& snapshot : snapshots) {
    if (snapshot.healthy) {
      healthy += (healthy.empty() ? "" : ", ") + std::to_string(snapshot.number) + " (" +
                 snapshot.revision.Short() + ")";
    }
    const bool wanted = number ? snapshot.number == *number
                               : snapshot.healthy && snapshot.desired_digest != current;
    if (!wanted) continue;
    if (!snapshot.healthy) {
      return MakeError(ErrorKind::kInvalid, "the snapshot was never healthy",
                       "snapshot " + std::to_string(snapshot.number) + " of " +
                           record.id.ToString() + " belongs to a run that failed",
                       "see them: tfgrid-compose history " + record.id.ToString());
    }
    return snapshot;
  }
  if (healthy.empty() || !number) {
    return MakeError(ErrorKind::kNotFound, "nothing to roll back to",
                     record.id.ToString() + " has no healthy snapshot but the current one",
                     "see them: tfgrid-compose history " + record.id.ToString());
  }
  return MakeError(ErrorKind::kNotFound, "no such snapshot",
                   record.id.ToString() + " has no snapshot " + std::to_string(*number),
                   "choose one of: " + healthy);
}

Status EngineImpl::PushRevert(const Candidate& candidate, const Snapshot& snapshot,
                              ReconcileReport& report, std::stop_token stop) {
  const AppRecord& record = candidate.record;
  ASSIGN_OR_RETURN(const Revision revision,
                   parts_.mirror.PushRevert(*candidate.source, record.directory, snapshot.app_tree,
                                            "Revert " + record.id.name + " to snapshot " +
                                                std::to_string(snapshot.number) + "\n\nBrings " +
                                                record.id.ToString() + " back to " +
                                                snapshot.revision.ToString() + ".\n",
                                            std::move(stop)));
  Diagnostic note;
  note.severity = Severity::kNote;
  note.summary = "a revert commit was pushed";
  note.subject = candidate.source->name;
  note.detail = revision.ToString();
  report.diagnostics.push_back(std::move(note));
  return parts_.store.AppendEvents({MakeAppEvent(parts_, record.id, "source.reverted",
                                                 "pushed a revert commit " + revision.Short())});
}

/// What every command that changes something does first.
Status EngineImpl::TakeUpUnfinished(const std::string& app, std::stop_token stop) {
  if (!parts_.beside_others) {
    ASSIGN_OR_RETURN(const auto recovered, RecoverRuns(parts_, runner_, {}, std::move(stop)));
    static_cast<void>(recovered);
    return {};
  }
  ASSIGN_OR_RETURN(const auto found, FindAppsNamed(parts_.store, app, ""));
  if (found.size() != 1) return {};  // Whoever asks is told that.
  ASSIGN_OR_RETURN(const auto recovered,
                   RecoverApp(parts_, runner_, found.front(), false, std::move(stop)));
  static_cast<void>(recovered);
  return {};
}

Result<ReconcileReport> EngineImpl::Rollback(const RollbackRequest& request, std::stop_token stop) {
  if (!request.dry_run) RETURN_IF_ERROR(TakeUpUnfinished(request.app, stop));
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, request.app));
  ASSIGN_OR_RETURN(const Snapshot snapshot, ChooseSnapshot(record, request.to));
  Candidate candidate = CandidateOf(record);
  candidate.report->verdict = Verdict::kUpdate;
  candidate.report->to_snapshot = snapshot.number;
  candidate.report->plan_kind = PlanKind::kRollback;
  candidate.report->revision = snapshot.revision;

  std::vector<std::string> rejected;
  if (snapshot.number != record.current_snapshot) {
    rejected.push_back(record.desired_digest);  // What Git says now must not come back by itself.
    ASSIGN_OR_RETURN(const auto current,
                     parts_.store.LoadSnapshot(record.id, record.current_snapshot));
    if (current) rejected.push_back(current->desired_digest);
  }
  if (request.dry_run) {
    // The record is a copy here, so what RollBack notes in it stays without effect.
    RETURN_IF_ERROR(
        runner_.RollBack(candidate, snapshot, RunTrigger::kManual, rejected, true, stop));
    return OneAppReport(candidate, true);
  }
  RETURN_IF_ERROR(
      runner_.RollBack(candidate, snapshot, RunTrigger::kManual, rejected, false, stop));
  ASSIGN_OR_RETURN(ReconcileReport report, OneAppReport(candidate, false));
  if (request.revert && !candidate.report->failed) {
    RETURN_IF_ERROR(PushRevert(candidate, snapshot, report, stop));
  }
  return report;
}

// --- Up and down
// ------------------------------------------------------------------------------------

Result<Candidate> EngineImpl::CandidateOfDirectory(const UpRequest& request,
                                                   PatternShelf& patterns) {
  ASSIGN_OR_RETURN(const std::filesystem::path directory, FindAppDirectory(request.path));
  ASSIGN_OR_RETURN(const auto files, DirectoryTree::Open(directory.string()));
  SourceSpec source;
  source.name = kUpSource;
  source.environment = request.environment.empty() ? "default" : request.environment;
  if (!IsValidName(source.environment)) {
    return MakeError(ErrorKind::kInvalid, "not an environment",
                     "\"" + source.environment + "\": expected " + std::string(kNameRule));
  }
  ASSIGN_OR_RETURN(const ObjectId tree, parts_.mirror.Import(source, *files));
  ASSIGN_OR_RETURN(const auto places, parts_.mirror.FindApps(source, tree));
  if (places.empty() || !places.front().path.empty()) {
    return MakeError(ErrorKind::kNotFound, "no manifest",
                     directory.string() + " holds no tfgrid-compose.yaml",
                     "start one: tfgrid-compose init " + directory.string());
  }
  ASSIGN_OR_RETURN(const auto known, patterns.Names(source, tree));
  ASSIGN_OR_RETURN(ManifestReading reading, ReadAppManifest(parts_, source, places.front(), known));
  if (reading.manifest == nullptr) return Error(ErrorKind::kInvalid, reading.diagnostics);

  const AppId id{source.environment, reading.name};
  ASSIGN_OR_RETURN(const auto stored, parts_.store.LoadApp(id));
  if (stored && stored->source != kUpSource &&
      FindSource(parts_.config, stored->source) != nullptr) {
    return MakeError(ErrorKind::kConflict, "the app belongs to a source",
                     id.ToString() + " comes from source " + stored->source,
                     "push to that source, or give the app another name or --environment");
  }
  Candidate candidate;
  if (stored) {
    candidate.stored = std::make_shared<const AppRecord>(*stored);
    candidate.record = *stored;
  }
  AppRecord& record = candidate.record;
  record.id = id;
  record.source = kUpSource;
  record.directory = directory.string();
  record.tree = tree;
  record.revision = Revision{"worktree", tree};
  record.presence = Presence::kPresent;
  record.pattern = reading.manifest->pattern;
  record.depends_on = reading.manifest->depends_on;
  record.suspension.reset();  // Asking for it by hand is a resume.
  candidate.source = std::make_shared<const SourceSpec>(std::move(source));
  candidate.read = std::make_unique<ReadApp>(ReadApp{std::move(reading.manifest), nullptr});
  candidate.manifest_file = std::move(reading.file);
  candidate.asked_for = true;
  return candidate;
}

Result<ReconcileReport> EngineImpl::Up(const UpRequest& request, std::stop_token stop) {
  PatternShelf patterns(parts_.mirror, parts_.config.patterns);
  if (!request.dry_run) {
    std::string app;
    if (parts_.beside_others) {
      ASSIGN_OR_RETURN(const Candidate named, CandidateOfDirectory(request, patterns));
      app = named.record.id.ToString();
    }
    RETURN_IF_ERROR(TakeUpUnfinished(app, stop));
  }
  ASSIGN_OR_RETURN(Candidate candidate, CandidateOfDirectory(request, patterns));
  RETURN_IF_ERROR(PlanCandidate(parts_, patterns, candidate.record.tree, candidate));
  std::vector<Candidate*> candidates{&candidate};
  RETURN_IF_ERROR(CheckDependencies(parts_, candidates));
  if (!request.dry_run) {
    SourceSync sync;
    sync.source.name = kUpSource;
    sync.source.environment = candidate.record.id.environment;
    sync.apps.push_back(candidate.record);
    RETURN_IF_ERROR(parts_.store.RecordSourceSync(sync));
    RETURN_IF_ERROR(ApplyAll(parts_, runner_, candidates, stop));
  }
  return OneAppReport(candidate, request.dry_run);
}

Status EngineImpl::RefuseDependents(const AppRecord& record) const {
  ASSIGN_OR_RETURN(const auto apps, parts_.store.ListApps({}));
  std::string dependents;
  for (const AppRecord& app : apps) {
    if (!app.has_recorded_steps || app.id == record.id) continue;
    const auto ids = DependencyIds(app.id.environment, app.depends_on);
    if (std::find(ids.begin(), ids.end(), record.id) != ids.end()) {
      dependents += (dependents.empty() ? "" : ", ") + app.id.ToString();
    }
  }
  if (dependents.empty()) return {};
  return MakeError(
      ErrorKind::kConflict, "other apps depend on it",
      dependents + " depends on " + record.id.ToString(),
      "take these down first: tfgrid-compose down " + dependents.substr(0, dependents.find(',')));
}

Result<ReconcileReport> EngineImpl::Down(const std::string& app, bool dry_run,
                                         std::stop_token stop) {
  if (!dry_run) RETURN_IF_ERROR(TakeUpUnfinished(app, stop));
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  RETURN_IF_ERROR(RefuseDependents(record));
  Candidate candidate = CandidateOf(record);
  ASSIGN_OR_RETURN(candidate.recorded, parts_.store.LoadRecorded(record.id));
  ASSIGN_OR_RETURN(Plan plan, PlanDeletion(parts_, record, candidate.recorded));
  candidate.report->verdict = Verdict::kDelete;
  candidate.report->plan_kind = PlanKind::kDelete;
  candidate.report->actions = DescribeActions(plan);
  candidate.report->reason = "somebody asked for it";
  // Git still wants an app that is in a configured source: without a suspension the next pass would
  // bring it back.
  const bool keep = GitWants(parts_.config, record);
  if (keep) {
    candidate.report->reason = "it is still in source " + record.source +
                               ", so it is suspended; to bring it back: tfgrid-compose resume " +
                               record.id.ToString();
  }
  if (dry_run) return OneAppReport(candidate, true);
  if (keep) {
    candidate.record.suspension = Suspension{"taken down", parts_.user, parts_.clock.Now()};
  }
  const std::string reason = candidate.report->reason;
  if (plan.IsEmpty()) {
    if (!keep) {
      ASSIGN_OR_RETURN(candidate.report->diagnostics, RemoveSnapshots(parts_, record));
    }
    RETURN_IF_ERROR(keep ? parts_.store.SaveApps({candidate.record}, {})
                         : parts_.store.ForgetApp(record.id, {}));
    return OneAppReport(candidate, false);
  }
  candidate.plan = std::make_unique<Plan>(std::move(plan));
  if (record.last_run > 0) {
    ASSIGN_OR_RETURN(candidate.wanted, WantedForDeletion(parts_, candidate));
  }
  RETURN_IF_ERROR(runner_.Apply(candidate, RunTrigger::kManual, std::nullopt, keep, stop));
  if (!candidate.report->failed) candidate.report->reason = reason;
  return OneAppReport(candidate, false);
}

// --- Suspend and resume
// -------------------------------------------------------------------------------

Result<AppStatus> EngineImpl::Suspend(const std::string& app, const std::string& reason) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  RETURN_IF_ERROR(SuspendApp(parts_, record.id, reason, parts_.user));
  ASSIGN_OR_RETURN(const AppRecord now, FindOneApp(parts_.store, record.id.ToString()));
  return StatusOf(now);
}

Result<AppStatus> EngineImpl::Resume(const std::string& app) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  RETURN_IF_ERROR(ResumeApp(parts_, record.id, parts_.user));
  ASSIGN_OR_RETURN(const AppRecord now, FindOneApp(parts_.store, record.id.ToString()));
  return StatusOf(now);
}

}  // namespace gitops

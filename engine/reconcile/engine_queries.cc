// The commands of EngineImpl that only look, and those that run something on an app's host.
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "differ/describe.h"
#include "differ/differ.h"
#include "differ/ordering.h"
#include "engine/base/suggest.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/desired_builder.h"
#include "engine/reconcile/engine_impl.h"
#include "engine/reconcile/kept_drift.h"
#include "engine/reconcile/manifest_loader.h"
#include "engine/reconcile/names.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

constexpr int kRunsInHistory = 50;

/// The diff in the order in which steps run; what is to go comes last.
Result<std::vector<StepDiff>> StepsInOrder(const DesiredState& desired,
                                           const RecordedState& recorded) {
  ASSIGN_OR_RETURN(const auto order, OrderSteps(desired.steps));
  std::map<StepAddress, std::size_t> rank;
  for (const Step* step : order) rank.emplace(step->address, rank.size());
  std::vector<StepDiff> steps = ComputeDiff(&desired, recorded).steps;
  const auto rank_of = [&](const StepDiff& step) {
    const auto found = rank.find(step.address);
    return found == rank.end() ? rank.size() : found->second;
  };
  std::stable_sort(steps.begin(), steps.end(),
                   [&](const StepDiff& a, const StepDiff& b) { return rank_of(a) < rank_of(b); });
  return steps;
}

bool FileExists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

/// All but the snapshots.
void SetStatus(AppStatus& status, AppRecord&& record) {
  status.verdict = VerdictFromRecord(record);
  record.health = ShownHealth(record);
  status.record = std::move(record);
}

}  // namespace

Result<AppStatus> EngineImpl::StatusOf(const AppRecord& record) const {
  AppStatus status;
  SetStatus(status, AppRecord(record));
  ASSIGN_OR_RETURN(status.snapshots, parts_.store.ListSnapshots(record.id));
  ASSIGN_OR_RETURN(status.drift, KeptDrift(parts_.drift, record));
  return status;
}

/// Every configured source as it was last read.
Result<std::vector<SourceReport>> EngineImpl::SourcesNow() const {
  ASSIGN_OR_RETURN(const auto stored, parts_.store.LoadSources());
  std::map<std::string, const SourceRecord*> by_name;
  for (const SourceRecord& record : stored) by_name[record.name] = &record;
  std::vector<SourceReport> sources;
  for (const SourceSpec& source : parts_.config.sources) {
    SourceReport row;
    row.name = source.name;
    row.url = source.url;
    row.environment = source.environment;
    if (const auto found = by_name.find(source.name); found != by_name.end()) {
      row.revision = found->second->revision;
      row.error = found->second->error;
    }
    sources.push_back(std::move(row));
  }
  return sources;
}

Result<StatusReport> EngineImpl::GetStatus(const std::string& app) {
  if (!app.empty()) {
    StatusReport report;
    ASSIGN_OR_RETURN(report.sources, SourcesNow());
    ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
    ASSIGN_OR_RETURN(AppStatus status, StatusOf(record));
    report.apps.push_back(std::move(status));
    return report;
  }
  ASSIGN_OR_RETURN(StatusReport report, Everything(/*in_full=*/true));
  ASSIGN_OR_RETURN(auto snapshots, parts_.store.ListAllSnapshots({}));
  // Both are sorted by app.
  auto snapshot = snapshots.begin();
  for (AppStatus& status : report.apps) {
    while (snapshot != snapshots.end() && snapshot->app < status.record.id) ++snapshot;
    while (snapshot != snapshots.end() && snapshot->app == status.record.id) {
      status.snapshots.push_back(std::move(*snapshot++));
    }
  }
  return report;
}

Result<StatusReport> EngineImpl::Overview() { return Everything(/*in_full=*/false); }

Result<StatusReport> EngineImpl::Everything(bool in_full) const {
  StatusReport report;
  ASSIGN_OR_RETURN(report.sources, SourcesNow());
  ASSIGN_OR_RETURN(auto records, parts_.store.ListApps({}));
  report.apps.reserve(records.size());
  for (AppRecord& record : records) {
    SetStatus(report.apps.emplace_back(), std::move(record));
  }
  if (parts_.drift == nullptr) return report;
  ASSIGN_OR_RETURN(auto looks, parts_.drift->ListLooks(in_full));
  auto look = looks.begin();  // Both are sorted by app.
  for (AppStatus& status : report.apps) {
    while (look != looks.end() && look->app < status.record.id) ++look;
    if (look == looks.end()) break;
    if (IsOf(*look, status.record)) status.drift = std::move(*look);
  }
  return report;
}

Result<Candidate> EngineImpl::PlanRecorded(const std::string& app) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  Candidate candidate = CandidateOf(record);
  candidate.asked_for = false;  // Looking is not asking for it.
  candidate.explained = true;
  PatternShelf patterns(parts_.mirror, parts_.config.patterns);
  ObjectId source_tree = record.tree;
  ASSIGN_OR_RETURN(const auto sources, parts_.store.LoadSources());
  for (const SourceRecord& source : sources) {
    if (source.name == record.source && !source.tree.IsZero()) source_tree = source.tree;
  }
  RETURN_IF_ERROR(PlanCandidate(parts_, patterns, source_tree, candidate));
  return candidate;
}

Result<ReconcileReport> EngineImpl::Diff(const std::string& app) {
  ASSIGN_OR_RETURN(Candidate candidate, PlanRecorded(app));
  if (candidate.plan && candidate.report->actions.empty()) {
    // Blocked, but what differs is what was asked for.
    candidate.report->actions = DescribeActions(*candidate.plan);
  }
  return OneAppReport(candidate, true);
}

Result<ExplainReport> EngineImpl::Explain(const std::string& app) {
  ASSIGN_OR_RETURN(Candidate candidate, PlanRecorded(app));
  ExplainReport report;
  if (candidate.wanted) {
    ASSIGN_OR_RETURN(report.steps, StepsInOrder(candidate.wanted->desired, candidate.recorded));
    for (const AppVariable& variable : candidate.wanted->variables.values) {
      report.inputs_from.push_back("environment." + variable.name + " from " + variable.origin);
    }
  }
  report.app = std::move(*candidate.report);
  return report;
}

Result<HistoryReport> EngineImpl::History(const std::string& app) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  HistoryReport report;
  report.app = record.id;
  report.current_snapshot = record.current_snapshot;
  report.pinned_snapshot = record.pinned_snapshot;
  report.rejected = record.rejected;
  ASSIGN_OR_RETURN(report.runs, parts_.store.ListRuns(record.id, kRunsInHistory));
  ASSIGN_OR_RETURN(report.snapshots, parts_.store.ListSnapshots(record.id));
  return report;
}

Result<std::vector<Event>> EngineImpl::Events(const std::string& app, int limit) {
  EventFilter filter;
  filter.limit = limit;
  if (!app.empty()) {
    ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
    filter.app = record.id;
  }
  return parts_.store.ListEvents(filter);
}

Result<std::string> EngineImpl::LogFile(const std::string& app, RunId run) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  const RunId wanted = run > 0 ? run : record.last_run;
  std::string path = wanted > 0 ? parts_.run_log_path(record.id, wanted) : "";
  if (path.empty() || !FileExists(path)) {
    return MakeError(ErrorKind::kNotFound, "no such log",
                     wanted > 0 ? "run " + std::to_string(wanted) + " of " + record.id.ToString() +
                                      " left no log"
                                : record.id.ToString() + " has not run yet",
                     "see its runs: tfgrid-compose history " + record.id.ToString());
  }
  return path;
}

Result<int> EngineImpl::OnHost(const AppRecord& record, const std::vector<std::string>& argv) {
  if (!record.has_recorded_steps) {
    return MakeError(ErrorKind::kNotFound, "the app does not run anywhere",
                     record.id.ToString() + " has not been applied",
                     "apply it: tfgrid-compose reconcile " + record.id.ToString());
  }
  const Candidate candidate = CandidateOf(record);
  ASSIGN_OR_RETURN(const auto run, parts_.store.LoadRun(record.last_run));
  ASSIGN_OR_RETURN(const auto wanted, WantedForDeletion(parts_, candidate));
  const AppVariables none;
  return parts_.hosts.Run({.app = record.id,
                           .revision = record.applied_revision,
                           .app_version = run ? run->plan.app_version : "",
                           .variables = wanted ? wanted->variables : none,
                           .argv = argv},
                          {});
}

Result<int> EngineImpl::Exec(const std::string& app, const std::vector<std::string>& argv) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  return OnHost(record, argv);
}

Result<int> EngineImpl::RunCommand(const std::string& app, const std::string& command,
                                   const std::vector<std::string>& args) {
  ASSIGN_OR_RETURN(const AppRecord record, FindOneApp(parts_.store, app));
  Candidate candidate = CandidateOf(record);
  ASSIGN_OR_RETURN(const auto manifest, LoadManifestOf(parts_, candidate));
  const auto found = manifest->commands.find(command);
  if (found == manifest->commands.end()) {
    std::vector<std::string> names;
    for (const auto& [name, spec] : manifest->commands) names.push_back(name);
    return MakeError(
        ErrorKind::kNotFound, "no such command",
        "the manifest of " + record.id.ToString() + " has no command \"" + command + "\"",
        names.empty() ? "declare it under commands:" : SuggestName(command, names));
  }
  std::vector<std::string> argv;
  std::istringstream words(found->second.script);
  for (std::string word; words >> word;) argv.push_back(word);
  argv.insert(argv.end(), args.begin(), args.end());
  return OnHost(record, argv);
}

}  // namespace gitops

#include "engine/reconcile/reconcile_pass.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/suggest.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/app_values.h"
#include "engine/reconcile/apply_stage.h"
#include "engine/reconcile/dependencies.h"
#include "engine/reconcile/kept_view.h"
#include "engine/reconcile/names.h"
#include "engine/reconcile/prune.h"
#include "engine/reconcile/recover_stage.h"
#include "engine/reconcile/removed_sources.h"
#include "engine/reconcile/source_specs.h"
#include "engine/reconcile/worker_pool.h"

namespace gitops {
namespace {

Error Stopped() { return MakeError(ErrorKind::kCancelled, "stopped", "a stop was requested"); }

}  // namespace

std::vector<Candidate*> CandidatesOf(std::vector<SourceLook>& looks) {
  std::vector<Candidate*> candidates;
  for (SourceLook& look : looks) {
    for (const auto& candidate : look.candidates) candidates.push_back(candidate.get());
  }
  std::sort(candidates.begin(), candidates.end(), ByApp());
  return candidates;
}

ReconcilePass::ReconcilePass(const EngineParts& parts, const ReconcileRequest& request,
                             std::stop_token stop)
    : parts_(parts),
      request_(request),
      stop_(std::move(stop)),
      patterns_(parts.mirror, parts.config.patterns),
      runner_(parts) {}

Result<ReconcileReport> ReconcilePass::Run() {
  RETURN_IF_ERROR(LoadNames());
  RETURN_IF_ERROR(RecoverUnfinished());
  RETURN_IF_ERROR(LookAtSources());
  RETURN_IF_ERROR(KeepAskedFor());
  RETURN_IF_ERROR(PlanAll());
  std::vector<Candidate*> candidates = CandidatesOf(looks_);
  RETURN_IF_ERROR(CheckDependencies(parts_, candidates));
  RETURN_IF_ERROR(DecidePrunes(parts_, request_, looks_));
  if (!request_.dry_run) {
    RETURN_IF_ERROR(Record());
    RETURN_IF_ERROR(ApplyAll(parts_, runner_, candidates, stop_));
  }
  return MakeReport();
}

Status ReconcilePass::LoadNames() {
  if (request_.apps.empty()) return {};
  for (const std::string& name : request_.apps) {
    ASSIGN_OR_RETURN(const auto found, FindAppsNamed(parts_.store, name, request_.environment));
    if (found.empty()) unknown_names_.insert(name);
    for (const AppRecord& record : found) {
      asked_for_.push_back(record.id);
      sources_of_named_.insert(record.source);
    }
  }
  return {};
}

Status ReconcilePass::RecoverUnfinished() {
  if (!request_.dry_run) {
    ASSIGN_OR_RETURN(recovered_, RecoverRuns(parts_, runner_, asked_for_, stop_));
    return {};
  }
  if (parts_.beside_others) return {};  // They are under way, or are taken up by and by.
  ASSIGN_OR_RETURN(diagnostics_, DescribeUnfinishedRuns(parts_));
  return {};
}

bool ReconcilePass::Concerns(const SourceSpec& source) const {
  if (!request_.source.empty() && source.name != request_.source) return false;
  if (!request_.environment.empty() && source.environment != request_.environment) return false;
  if (request_.apps.empty() || !unknown_names_.empty()) return true;
  return sources_of_named_.contains(source.name);
}

Status ReconcilePass::LookAtSources() {
  ASSIGN_OR_RETURN(const auto stored, parts_.store.LoadSources());
  if (!request_.dry_run && request_.apps.empty()) {
    ASSIGN_OR_RETURN(Diagnostics left, ForgetRemovedSources(parts_));
    std::move(left.begin(), left.end(), std::back_inserter(diagnostics_));
  }
  std::vector<const SourceSpec*> sources;
  for (const SourceSpec& source : parts_.config.sources) {
    if (Concerns(source)) sources.push_back(&source);
  }
  if (!request_.source.empty() && FindSource(parts_.config, request_.source) == nullptr) {
    return UnknownSource(parts_.config, request_.source);
  }
  ASSIGN_OR_RETURN(const std::string patterns_digest, patterns_.DirectoriesDigest());
  std::map<std::string, std::string> outside;
  for (const SourceSpec* source : sources) {
    if (outside.contains(source->environment)) continue;
    outside[source->environment] = EnvironmentDigest(parts_.config.Environment(source->environment),
                                                     parts_.secrets, parts_.digest_key.Reveal()) +
                                   patterns_digest;
  }
  std::vector<std::optional<Result<SourceLook>>> looks(sources.size());
  RunParallel(sources.size(), parts_.config.limits.parallel_fetches, stop_, [&](std::size_t i) {
    SourceLookRequest look{.source = *sources[i],
                           .stored = nullptr,
                           .asked_for = asked_for_,
                           .full = request_.full,
                           .outside_digest = outside.at(sources[i]->environment),
                           .plan = {}};
    if (request_.apps.empty()) {
      look.plan = [this](Candidate& candidate, const ObjectId& tree) {
        return Plan(candidate, tree);
      };
    }
    for (const SourceRecord& record : stored) {
      if (record.name == sources[i]->name) look.stored = &record;
    }
    looks[i] = LookAtSource(parts_, patterns_, look, stop_);
  });
  if (stop_.stop_requested()) return Stopped();
  for (auto& look : looks) {
    if (!*look) return std::move(*look).error();
    looks_.push_back(**std::move(look));
  }
  return {};
}

Status ReconcilePass::KeepAskedFor() {
  if (request_.apps.empty()) return {};
  std::set<std::string> missing = unknown_names_;
  for (Candidate* candidate : CandidatesOf(looks_)) {
    const AppId& id = candidate->record.id;
    for (const std::string& name : unknown_names_) {
      if (name != id.name && name != id.ToString()) continue;
      candidate->asked_for = true;
      missing.erase(name);
    }
  }
  if (!missing.empty()) {
    ASSIGN_OR_RETURN(auto known, parts_.store.ListApps({}));
    for (Candidate* candidate : CandidatesOf(looks_)) known.push_back(candidate->record);
    return UnknownApp(*missing.begin(), known);
  }
  return {};
}

Status ReconcilePass::PlanAll() {
  for (SourceLook& look : looks_) {
    std::vector<Candidate*> planned;
    for (const auto& candidate : look.candidates) {
      // Others of the source are only remembered as changed; the next whole pass plans them.
      const bool wanted = request_.apps.empty() || candidate->asked_for;
      if (wanted && !candidate->planned) planned.push_back(candidate.get());
    }
    std::vector<Status> results(planned.size());
    RunParallel(planned.size(), parts_.config.limits.parallel_apps, stop_,
                [&](std::size_t i) { results[i] = Plan(*planned[i], look.record.tree); });
    if (stop_.stop_requested()) return Stopped();
    for (Status& result : results) RETURN_IF_ERROR(std::move(result));
  }
  return {};
}

Status ReconcilePass::Plan(Candidate& candidate, const ObjectId& source_tree) {
  candidate.viewed = request_.dry_run && request_.view;
  RETURN_IF_ERROR(PlanCandidate(parts_, patterns_, source_tree, candidate));
  // What is not applied is only told: of a large source nothing else fits into memory.
  const bool applied = !request_.dry_run && candidate.plan != nullptr &&
                       candidate.decision.permission == Permission::kApply;
  candidate.read = nullptr;
  if (applied) {
    candidate.wanted->desired = {};
    candidate.wanted->manifest = nullptr;
    return {};
  }
  if (candidate.viewed && candidate.plan != nullptr) KeepView(*candidate.report, request_.view);
  candidate.wanted = nullptr;
  candidate.plan = nullptr;
  if (request_.dry_run) {  // Nothing is recorded.
    candidate.record.desired_digest.clear();
    candidate.record.desired_digest.shrink_to_fit();
  }
  // An orphan's record may be needed to plan its deletion.
  if (candidate.record.presence != Presence::kOrphaned) candidate.recorded = {};
  return {};
}

Status ReconcilePass::Record() {
  for (const SourceLook& look : looks_) {
    RETURN_IF_ERROR(RecordLook(parts_.store, look, /*beside_others=*/false));
  }
  return {};
}

Error ReconcilePass::UnknownApp(const std::string& name,
                                const std::vector<AppRecord>& known) const {
  std::vector<std::string> names;
  for (const AppRecord& record : known) names.push_back(record.id.name);
  return MakeError(ErrorKind::kNotFound, "no such app",
                   "\"" + name + "\" is in no configured source", SuggestName(name, names));
}

Result<ReconcileReport> ReconcilePass::MakeReport() {
  ReconcileReport report;
  report.dry_run = request_.dry_run;
  report.diagnostics = diagnostics_;
  for (SourceLook& look : looks_) report.sources.push_back(look.report);
  std::set<AppId> looked_at;
  std::size_t stored_candidates = 0;
  std::vector<std::unique_ptr<AppReport>> told;
  for (Candidate* candidate : CandidatesOf(looks_)) {
    const bool in_scope = request_.apps.empty() || candidate->asked_for;
    if (!in_scope) continue;
    if (request_.list_all || !recovered_.empty()) looked_at.insert(candidate->record.id);
    AppReport& app = *candidate->report;
    const bool gone = !request_.dry_run && app.verdict == Verdict::kDelete && !app.failed;
    if (!gone && (candidate->stored != nullptr || !request_.dry_run)) ++stored_candidates;
    const auto recovered = recovered_.find(app.app);
    if (recovered != recovered_.end() && app.run == 0) app = recovered->second;
    const bool unchanged = app.verdict == Verdict::kUnchanged;
    if (unchanged) ++report.unchanged;
    if (!unchanged || candidate->asked_for || request_.list_all)
      told.push_back(std::move(candidate->report));
  }
  // Of a large source both, the candidates and the report, would take too much memory.
  for (SourceLook& look : looks_) look.candidates.clear();
  report.apps.reserve(told.size());
  for (std::unique_ptr<AppReport>& app : told) {
    report.apps.push_back(std::move(*app));
    app = nullptr;
  }
  for (const auto& [id, app] : recovered_) {
    if (looked_at.contains(id)) continue;
    report.apps.push_back(app);
    if (app.verdict != Verdict::kDelete || app.failed) ++stored_candidates;
  }
  if (request_.apps.empty()) {
    AppFilter scope;
    scope.environment = request_.environment;
    scope.source = request_.source;
    ASSIGN_OR_RETURN(const std::size_t total, parts_.store.CountApps(scope));
    report.unchanged += total > stored_candidates ? total - stored_candidates : 0;
    if (request_.list_all) {
      ASSIGN_OR_RETURN(const auto records, parts_.store.ListApps(scope));
      for (const AppRecord& record : records) {
        if (!looked_at.contains(record.id) && !recovered_.contains(record.id)) {
          report.apps.push_back(ReportFromRecord(record));
        }
      }
    }
  }
  std::sort(report.apps.begin(), report.apps.end(),
            [](const AppReport& a, const AppReport& b) { return a.app < b.app; });
  return report;
}

}  // namespace gitops

#include "engine/reconcile/source_look.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/manifest_loader.h"
#include "engine/reconcile/worker_pool.h"

namespace gitops {
namespace {

/// The whole look as one object: each method is one step of it and leaves its result in a member.
class Looking {
 public:
  Looking(const EngineParts& parts, PatternShelf& patterns, const SourceLookRequest& request,
          std::stop_token stop)
      : parts_(parts), patterns_(patterns), request_(request), stop_(std::move(stop)) {
    look_.source = request.source;
    if (request.stored != nullptr) look_.record = *request.stored;
    look_.record.name = request.source.name;
    look_.record.url = request.source.url;
    look_.record.environment = request.source.environment;
    look_.report.name = request.source.name;
    look_.report.url = request.source.url;
    look_.report.environment = request.source.environment;
  }

  Result<SourceLook> Run();

 private:
  struct Places {
    std::vector<AppDirectory> touched;  ///< New or changed.
    std::set<std::string> removed;
  };

  Status AskRemote();
  Status FindTouched();
  Status CompareWithRecord(const ObjectId& from, const ObjectId& to);
  Status CompareWithStore(const ObjectId& to);
  Status ReadTouched();
  Status AddTouched(const AppDirectory& place, const std::optional<AppRecord>& there,
                    ManifestReading reading);
  void AddDuplicate(Candidate candidate, const std::string& first, const std::string& second);
  Status AddRemoved();
  Status AddRecordedThatNeedALook();
  std::vector<std::string> ChangedPatterns() const;
  void Fail(Error error);
  Error NoManifest() const;
  Candidate* FindCandidate(const AppId& id);
  void Add(Candidate candidate);
  Candidate MakeCandidate(AppRecord record, bool stored) const;
  void Finish();

  const EngineParts& parts_;
  PatternShelf& patterns_;
  const SourceLookRequest& request_;
  std::stop_token stop_;
  SourceLook look_;
  Revision tip_;
  ObjectId tree_;
  ObjectId patterns_tree_;
  Places places_;
  std::map<AppId, std::size_t> index_;  ///< Of look_.candidates, until Finish sorts them.
  bool full_compare_ = false;
  bool outside_changed_ = false;
};

Result<SourceLook> Looking::Run() {
  RETURN_IF_ERROR(AskRemote());
  if (look_.clean) {
    if (Status found = FindTouched(); !found) {
      if (found.error().kind == ErrorKind::kCancelled) return std::move(found).error();
      Fail(std::move(found).error());
    }
  }
  if (look_.clean) {
    RETURN_IF_ERROR(ReadTouched());
    RETURN_IF_ERROR(AddRemoved());
  }
  RETURN_IF_ERROR(AddRecordedThatNeedALook());
  const bool first_read = look_.record.revision.commit.IsZero();
  if (look_.clean && first_read && look_.candidates.empty()) Fail(NoManifest());
  Finish();
  return std::move(look_);
}

void Looking::Fail(Error error) {
  look_.clean = false;
  places_ = {};
  tip_ = look_.record.revision;
  tree_ = look_.record.tree;
  look_.report.error = std::move(error);
}

/// A source that never had an app is rather a mistyped path or branch. One that had some may lose
/// the last of them: its read was clean.
Error Looking::NoManifest() const {
  const std::string& path = request_.source.path;
  const bool root = path.empty() || path == ".";
  return MakeError(ErrorKind::kNotFound, "no manifest found",
                   "neither " + std::string(kManifestNames[0]) + " nor " +
                       std::string(kManifestNames[1]) + " is anywhere " +
                       (root ? "in" : "below \"" + path + "\" in") + " " + tip_.Short(),
                   root ? "write a first one: tfgrid-compose init my-app, then commit and push"
                        : "check path: and branch: of source " + request_.source.name);
}

Status Looking::AskRemote() {
  auto tip = parts_.mirror.Fetch(request_.source, look_.record.revision, stop_);
  if (!tip) {
    if (tip.error().kind == ErrorKind::kCancelled) return std::move(tip).error();
    Fail(std::move(tip).error());
    return {};
  }
  tip_ = *tip;
  look_.clean = true;
  return {};
}

Status Looking::FindTouched() {
  const SourceRecord& record = look_.record;
  tree_ = record.tree;
  patterns_tree_ = record.patterns_tree;
  if (tip_ != record.revision || tree_.IsZero()) {
    ASSIGN_OR_RETURN(tree_, parts_.mirror.TreeAt(request_.source, tip_.commit));
    ASSIGN_OR_RETURN(patterns_tree_, patterns_.SourcePatternsTree(request_.source, tree_));
  }
  outside_changed_ = request_.outside_digest != record.config_digest;

  // An app whose name stands in two manifests is settled only when all manifests are seen together.
  AppFilter filter;
  filter.source = request_.source.name;
  filter.needing_work = true;
  filter.now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const auto unsettled, parts_.store.ListApps(filter));
  full_compare_ = std::any_of(unsettled.begin(), unsettled.end(), [](const AppRecord& app) {
    return app.presence == Presence::kInvalid && !app.diagnostics.empty() &&
           app.diagnostics.front().summary == kDuplicateSummary;
  });

  if (tree_ == record.tree && !full_compare_) return {};
  if (!record.tree.IsZero() && !full_compare_) {
    Status compared = CompareWithRecord(record.tree, tree_);
    if (compared || compared.error().kind != ErrorKind::kNotFound) return compared;
    // The old tree is gone after a force-push: compare with what the store knows of each app.
  }
  return CompareWithStore(tree_);
}

Status Looking::CompareWithRecord(const ObjectId& from, const ObjectId& to) {
  ASSIGN_OR_RETURN(TreeComparison comparison, parts_.mirror.Compare(request_.source, from, to));
  places_.touched = std::move(comparison.added);
  places_.touched.insert(places_.touched.end(), comparison.changed.begin(),
                         comparison.changed.end());
  for (const AppDirectory& place : comparison.removed) places_.removed.insert(place.path);
  return {};
}

Status Looking::CompareWithStore(const ObjectId& to) {
  ASSIGN_OR_RETURN(auto found, parts_.mirror.FindApps(request_.source, to));
  ASSIGN_OR_RETURN(const auto known, parts_.store.ListPlaces(request_.source.name));
  std::map<std::string, const AppPlace*> by_directory;
  for (const AppPlace& place : known) {
    by_directory.emplace(place.directory, &place);
    if (place.presence != Presence::kOrphaned) places_.removed.insert(place.directory);
  }
  for (AppDirectory& place : found) {
    places_.removed.erase(place.path);
    const auto there = by_directory.find(place.path);
    const bool same = there != by_directory.end() && there->second->tree == place.tree &&
                      there->second->presence == Presence::kPresent;
    if (!same) places_.touched.push_back(std::move(place));
  }
  return {};
}

Status Looking::ReadTouched() {
  const auto known_patterns = patterns_.Names(request_.source, tree_);
  if (!known_patterns) {
    Fail(known_patterns.error());
    return {};
  }
  std::vector<AppDirectory>& touched = places_.touched;
  std::sort(touched.begin(), touched.end(),
            [](const AppDirectory& a, const AppDirectory& b) { return a.path < b.path; });
  std::vector<std::string> directories;
  for (const AppDirectory& place : touched) directories.push_back(place.path);
  std::map<std::string, AppRecord> there;
  if (!directories.empty()) {
    ASSIGN_OR_RETURN(auto rows, parts_.store.FindAppsAt(request_.source.name, directories));
    for (AppRecord& row : rows) there.emplace(row.directory, std::move(row));
  }
  std::vector<std::optional<Result<ManifestReading>>> readings(touched.size());
  RunParallel(touched.size(), parts_.config.limits.parallel_apps, stop_, [&](std::size_t i) {
    readings[i] = ReadAppManifest(parts_, request_.source, touched[i], *known_patterns);
  });
  if (stop_.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped");
  for (auto& reading : readings) {
    if (*reading) continue;
    Fail(std::move(*reading).error());
    return {};
  }
  for (std::size_t i = 0; i < touched.size(); ++i) {
    const auto row = there.find(touched[i].path);
    RETURN_IF_ERROR(AddTouched(touched[i],
                               row == there.end() ? std::nullopt : std::optional(row->second),
                               **std::move(readings[i])));
  }
  return {};
}

Candidate* Looking::FindCandidate(const AppId& id) {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : &look_.candidates[found->second];
}

void Looking::Add(Candidate candidate) {
  index_.emplace(candidate.record.id, look_.candidates.size());
  look_.candidates.push_back(std::move(candidate));
}

Candidate Looking::MakeCandidate(AppRecord record, bool stored) const {
  Candidate candidate;
  if (stored) candidate.stored = record;
  candidate.record = std::move(record);
  candidate.source = request_.source;
  candidate.asked_for = std::find(request_.asked_for.begin(), request_.asked_for.end(),
                                  candidate.record.id) != request_.asked_for.end();
  return candidate;
}

Status Looking::AddTouched(const AppDirectory& place, const std::optional<AppRecord>& there,
                           ManifestReading reading) {
  AppId id{request_.source.environment, reading.name};
  if (id.name.empty()) {
    // Nobody can say what it is called: it stays what it was, or is called like its directory.
    id.name = there ? there->id.name : NameFromDirectory(place.path, request_.source.name);
  }
  std::optional<AppRecord> row;
  if (there && there->id == id) {
    row = there;
  } else {
    ASSIGN_OR_RETURN(row, parts_.store.LoadApp(id));
    if (there && !there->has_recorded_steps) {
      look_.forgotten.push_back(there->id);
    } else if (there) {
      places_.removed.insert(place.path);  // Renamed: the old name has lost its manifest.
    }
  }
  const std::string manifest_file = reading.file;
  Candidate* earlier = FindCandidate(id);
  const bool other_source =
      row && row->source != request_.source.name && row->presence != Presence::kOrphaned;
  const bool other_place = row && !other_source && row->directory != place.path &&
                           row->presence != Presence::kOrphaned &&
                           !places_.removed.contains(row->directory) && earlier == nullptr;

  AppRecord record = row.value_or(AppRecord());
  record.id = id;
  Candidate candidate = MakeCandidate(record, row.has_value());
  candidate.manifest_file = manifest_file;
  if (earlier != nullptr || other_source || other_place) {
    std::string first = earlier != nullptr ? earlier->manifest_file
                                           : (row->directory.empty() ? "" : row->directory + "/") +
                                                 std::string(kManifestNames[0]);
    if (other_source) first = "source " + row->source + ": " + first;
    AddDuplicate(std::move(candidate), first, manifest_file);
    return {};
  }
  candidate.record.source = request_.source.name;
  candidate.record.directory = place.path;
  candidate.record.tree = place.tree;
  candidate.record.revision = tip_;
  candidate.record.dirty = true;
  candidate.record.presence = reading.manifest ? Presence::kPresent : Presence::kInvalid;
  candidate.record.diagnostics = std::move(reading.diagnostics);
  if (reading.manifest) {
    candidate.manifest = std::move(reading.manifest);
    candidate.record.pattern = candidate.manifest->pattern;
    candidate.record.depends_on = candidate.manifest->depends_on;
  }
  Add(std::move(candidate));
  return {};
}

void Looking::AddDuplicate(Candidate candidate, const std::string& first,
                           const std::string& second) {
  Diagnostic diagnostic;
  diagnostic.summary = kDuplicateSummary;
  diagnostic.subject = candidate.record.id.ToString();
  diagnostic.detail = "app " + candidate.record.id.name + " of environment " +
                      candidate.record.id.environment + " is declared by " + first + " and by " +
                      second;
  diagnostic.location = Location{second, 1, 1};
  diagnostic.hint = "give one of them another name; until then neither is applied";
  Candidate* kept = FindCandidate(candidate.record.id);
  if (kept == nullptr) {
    if (!candidate.stored) candidate.record.source = request_.source.name;
    Add(std::move(candidate));
    kept = &look_.candidates.back();
  }
  kept->record.presence = Presence::kInvalid;
  kept->record.dirty = true;
  kept->manifest = nullptr;
  if (!kept->record.diagnostics.empty() &&
      kept->record.diagnostics.front().summary != kDuplicateSummary) {
    kept->record.diagnostics.clear();
  }
  if (std::find(kept->record.diagnostics.begin(), kept->record.diagnostics.end(), diagnostic) ==
      kept->record.diagnostics.end()) {
    kept->record.diagnostics.push_back(std::move(diagnostic));
  }
}

Status Looking::AddRemoved() {
  if (places_.removed.empty()) return {};
  ASSIGN_OR_RETURN(auto rows,
                   parts_.store.FindAppsAt(request_.source.name,
                                           {places_.removed.begin(), places_.removed.end()}));
  for (AppRecord& row : rows) {
    if (FindCandidate(row.id) != nullptr || row.presence == Presence::kOrphaned) continue;
    Candidate candidate = MakeCandidate(row, true);
    candidate.record.presence = Presence::kOrphaned;
    candidate.record.dirty = true;
    candidate.record.revision = tip_;
    candidate.record.diagnostics.clear();
    Add(std::move(candidate));
  }
  return {};
}

std::vector<std::string> Looking::ChangedPatterns() const {
  if (patterns_tree_ == look_.record.patterns_tree) return {};
  return patterns_.ChangedNames(request_.source, look_.record.patterns_tree, patterns_tree_);
}

Status Looking::AddRecordedThatNeedALook() {
  AppFilter filter;
  filter.source = request_.source.name;
  filter.now = parts_.clock.Now();
  const std::vector<std::string> changed_patterns =
      look_.clean ? ChangedPatterns() : std::vector<std::string>();
  filter.needing_work = !(look_.clean && outside_changed_) && changed_patterns.empty();
  ASSIGN_OR_RETURN(auto rows, parts_.store.ListApps(filter));
  for (const AppId& id : request_.asked_for) {
    ASSIGN_OR_RETURN(auto row, parts_.store.LoadApp(id));
    if (row && row->source == request_.source.name) rows.push_back(*std::move(row));
  }
  for (AppRecord& row : rows) {
    const bool affected =
        !filter.needing_work &&
        (outside_changed_ || std::find(changed_patterns.begin(), changed_patterns.end(),
                                       row.pattern) != changed_patterns.end());
    const bool due = row.dirty || (row.retry && row.retry->next && *row.retry->next <= filter.now);
    const bool asked = std::find(request_.asked_for.begin(), request_.asked_for.end(), row.id) !=
                       request_.asked_for.end();
    if (!affected && !due && !asked) continue;
    if (FindCandidate(row.id) != nullptr) continue;
    Add(MakeCandidate(std::move(row), true));
  }
  return {};
}

void Looking::Finish() {
  SourceRecord& record = look_.record;
  const SourceRecord before = record;
  look_.report.changed = look_.clean && tip_ != record.revision;
  if (look_.clean) {
    if (look_.report.changed) {
      Event event;
      event.time = parts_.clock.Now();
      event.type = "source.updated";
      event.source = record.name;
      event.message = record.revision.commit.IsZero()
                          ? "first read at " + tip_.Short()
                          : "moved from " + record.revision.Short() + " to " + tip_.Short();
      look_.events.push_back(std::move(event));
    }
    record.revision = tip_;
    record.tree = tree_;
    record.patterns_tree = patterns_tree_;
    record.config_digest = request_.outside_digest;
    record.error.reset();
  } else if (!record.error || record.error->kind != look_.report.error->kind ||
             !(record.error->primary() == look_.report.error->primary())) {
    record.error = look_.report.error;
    Event event;
    event.time = parts_.clock.Now();
    event.severity = Severity::kError;
    event.type = "source.failed";
    event.source = record.name;
    event.message = look_.report.error->ToString();
    look_.events.push_back(std::move(event));
  }
  look_.report.revision = record.revision;
  look_.record_changed =
      request_.stored == nullptr || !(before == record) || !(record == *request_.stored);
  if (look_.record_changed) {
    record.last_attempt = parts_.clock.Now();
    if (look_.clean) record.last_success = record.last_attempt;
  }
  std::sort(look_.candidates.begin(), look_.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.record.id < b.record.id; });
}

}  // namespace

Result<SourceLook> LookAtSource(const EngineParts& parts, PatternShelf& patterns,
                                const SourceLookRequest& request, std::stop_token stop) {
  return Looking(parts, patterns, request, std::move(stop)).Run();
}

}  // namespace gitops

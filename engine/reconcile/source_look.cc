#include "engine/reconcile/source_look.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/base/mark.h"
#include "engine/reconcile/changed_places.h"
#include "engine/reconcile/source_record.h"
#include "engine/reconcile/touched_app.h"
#include "engine/reconcile/worker_pool.h"

namespace gitops {
namespace {

Error NoManifest(const SourceSpec& source, const Revision& tip) {
  const bool root = source.path.empty() || source.path == ".";
  return MakeError(ErrorKind::kNotFound, "no manifest found",
                   "neither " + std::string(kManifestNames[0]) + " nor " +
                       std::string(kManifestNames[1]) + " is anywhere " +
                       (root ? "in" : "below \"" + source.path + "\" in") + " " + tip.Short(),
                   root ? "write a first one: tfgrid-compose init my-app, then commit and push"
                        : "check path: and branch: of source " + source.name);
}

/// The whole look as one object: each method is one step of it and leaves its result in a member.
class Looking {
 public:
  Looking(const EngineParts& parts, PatternShelf& patterns, const SourceLookRequest& request,
          std::stop_token stop)
      : parts_(parts),
        patterns_(patterns),
        request_(request),
        source_(std::make_shared<const SourceSpec>(request.source)),
        stop_(std::move(stop)) {
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
  /// A touched directory, until it is read; then what reading it gave: one of the three.
  struct Touched {
    std::unique_ptr<AppDirectory> place = nullptr;
    std::unique_ptr<Candidate> candidate = nullptr;
    std::unique_ptr<Error> unreadable = nullptr;  ///< The repository's fault, not the app's.
    std::unique_ptr<Error> failure = nullptr;     ///< Ends the look.
  };

  Status AskRemote();
  Status FindTouched();
  Status CompareWithRecord(const ObjectId& from, const ObjectId& to);
  Status CompareWithStore(const ObjectId& to);
  Status ReadTouched();
  Result<std::map<std::string, AppRecord>> FindThere();
  Status ReadAndPlan(const TouchedSource& all, Touched& read);
  void AddTouched(const AppRecord* there, std::unique_ptr<Candidate> read);
  void AddDuplicate(std::unique_ptr<Candidate> candidate, const std::string& first);
  Status AddRemoved();
  Status AddRecordedThatNeedALook();
  std::vector<std::string> ChangedPatterns() const;
  void Fail(Error error);
  Candidate* FindCandidate(const AppId& id);
  void Add(std::unique_ptr<Candidate> candidate);
  std::unique_ptr<Candidate> MakeCandidate(AppRecord stored) const;
  bool IsAskedFor(const AppId& id) const;
  void Finish();

  const EngineParts& parts_;
  PatternShelf& patterns_;
  const SourceLookRequest& request_;
  const std::shared_ptr<const SourceSpec> source_;  ///< What all candidates share.
  std::stop_token stop_;
  SourceLook look_;
  Revision tip_;
  ObjectId tree_;
  ObjectId patterns_tree_;
  ChangedPlaces places_;
  std::set<Candidate*, ByApp> index_;  ///< Of look_.candidates.
  bool full_compare_ = false;
  bool nothing_known_ = false;  ///< The store has no app of this source.
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
  // A source that never had an app is rather a mistyped path or branch. One that had some may lose
  // the last of them: its read was clean.
  const bool first_read = look_.record.revision.commit.IsZero();
  if (look_.clean && first_read && look_.candidates.empty())
    Fail(NoManifest(request_.source, tip_));
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
  full_compare_ =
      request_.full || std::any_of(unsettled.begin(), unsettled.end(), [](const AppRecord& app) {
        return app.presence == Presence::kInvalid && !app.diagnostics.empty() &&
               app.diagnostics.front().summary == kDuplicateSummary;
      });

  if (tree_ == record.tree && !full_compare_) return {};
  if (!record.tree.IsZero() && !full_compare_) {
    Status compared = CompareWithRecord(record.tree, tree_);
    if (compared || compared.error().kind != ErrorKind::kNotFound) return compared;
    REACHED("source: the old tree is gone");
    // The old tree is gone after a force-push: compare with what the store knows of each app.
  }
  return CompareWithStore(tree_);
}

Status Looking::CompareWithRecord(const ObjectId& from, const ObjectId& to) {
  ASSIGN_OR_RETURN(TreeComparison comparison, parts_.mirror.Compare(request_.source, from, to));
  places_ = PlacesOf(std::move(comparison));
  return {};
}

Status Looking::CompareWithStore(const ObjectId& to) {
  ASSIGN_OR_RETURN(auto found, parts_.mirror.FindApps(request_.source, to));
  ASSIGN_OR_RETURN(const auto known, parts_.store.ListPlaces(request_.source.name));
  nothing_known_ = known.empty();
  places_ = ComparePlaces(std::move(found), known);
  return {};
}

Status Looking::ReadTouched() {
  const auto known_patterns = patterns_.Names(request_.source, tree_);
  if (!known_patterns) {
    Fail(known_patterns.error());
    return {};
  }
  std::vector<AppDirectory>& touched = places_.touched;
  TouchedSource all{.source = source_,
                    .tip = tip_,
                    .known_patterns = *known_patterns,
                    .there = {},
                    .no_app_known = false};
  ASSIGN_OR_RETURN(all.there, FindThere());
  if (nothing_known_) {
    AppFilter environment;
    environment.environment = request_.source.environment;
    ASSIGN_OR_RETURN(const std::size_t known, parts_.store.CountApps(environment));
    all.no_app_known = known == 0;
  }
  std::vector<Touched> read(touched.size());
  for (std::size_t i = 0; i < touched.size(); ++i) {
    read[i].place = std::make_unique<AppDirectory>(std::move(touched[i]));
  }
  touched = std::vector<AppDirectory>();
  RunParallel(read.size(), parts_.config.limits.parallel_apps, stop_, [&](std::size_t i) {
    Status result = ReadAndPlan(all, read[i]);
    if (!result) read[i].failure = std::make_unique<Error>(std::move(result).error());
  });
  if (stop_.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped");
  for (Touched& one : read) {
    if (one.failure != nullptr) return std::move(*one.failure);
  }
  for (Touched& one : read) {
    if (one.unreadable == nullptr) continue;
    Fail(std::move(*one.unreadable));
    return {};
  }
  look_.candidates.reserve(read.size());
  for (Touched& one : read) {
    const auto row = all.there.find(one.candidate->record.directory);
    AddTouched(row == all.there.end() ? nullptr : &row->second, std::move(one.candidate));
  }
  return {};
}

/// What the store has at the touched directories, by directory.
Result<std::map<std::string, AppRecord>> Looking::FindThere() {
  std::map<std::string, AppRecord> there;
  if (nothing_known_) return there;
  std::vector<std::string> directories;
  directories.reserve(places_.touched.size());
  for (const AppDirectory& place : places_.touched) directories.push_back(place.path);
  ASSIGN_OR_RETURN(auto rows, parts_.store.FindAppsAt(request_.source.name, directories));
  for (AppRecord& row : rows) there.emplace(row.directory, std::move(row));
  return there;
}

Status Looking::ReadAndPlan(const TouchedSource& all, Touched& read) {
  AppDirectory place = std::move(*std::exchange(read.place, nullptr));
  auto reading = ReadAppManifest(parts_, request_.source, place, all.known_patterns);
  if (!reading) {
    read.unreadable = std::make_unique<Error>(std::move(reading).error());
    return {};
  }
  ASSIGN_OR_RETURN(read.candidate,
                   MakeTouchedCandidate(parts_, all, std::move(place), *std::move(reading)));
  read.candidate->asked_for = IsAskedFor(read.candidate->record.id);
  // At once, while the manifest is at hand: only what is known of all apps together comes later.
  if (request_.plan) RETURN_IF_ERROR(request_.plan(*read.candidate, tree_));
  if (read.candidate->planned) ForgetUsualFile(*read.candidate);
  return {};
}

Candidate* Looking::FindCandidate(const AppId& id) {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : *found;
}

void Looking::Add(std::unique_ptr<Candidate> candidate) {
  index_.insert(candidate.get());
  look_.candidates.push_back(std::move(candidate));
}

std::unique_ptr<Candidate> Looking::MakeCandidate(AppRecord stored) const {
  auto candidate = std::make_unique<Candidate>();
  candidate->record = stored;
  candidate->stored = std::make_shared<const AppRecord>(std::move(stored));
  candidate->source = source_;
  candidate->asked_for = IsAskedFor(candidate->record.id);
  return candidate;
}

bool Looking::IsAskedFor(const AppId& id) const {
  return std::find(request_.asked_for.begin(), request_.asked_for.end(), id) !=
         request_.asked_for.end();
}

void Looking::AddTouched(const AppRecord* there, std::unique_ptr<Candidate> read) {
  const AppId& id = read->record.id;
  const std::string& directory = read->record.directory;
  if (there != nullptr && there->id != id) {
    if (there->has_recorded_steps) {
      places_.removed.insert(directory);  // Renamed: the old name has lost its manifest.
    } else {
      look_.forgotten.push_back(there->id);
    }
  }
  const AppRecord* row = read->stored.get();
  const Candidate* earlier = FindCandidate(id);
  const bool known = row != nullptr && row->presence != Presence::kOrphaned;
  const bool other_source = known && row->source != request_.source.name;
  const bool other_place = known && !other_source && row->directory != directory &&
                           !places_.removed.contains(row->directory) && earlier == nullptr;
  if (earlier == nullptr && !other_source && !other_place) {
    Add(std::move(read));
    return;
  }
  std::string first = earlier != nullptr ? ManifestFileOf(*earlier)
                                         : (row->directory.empty() ? "" : row->directory + "/") +
                                               std::string(kManifestNames[0]);
  if (other_source) first = "source " + row->source + ": " + first;
  ForgetManifest(*read);
  AddDuplicate(std::move(read), first);
}

void Looking::AddDuplicate(std::unique_ptr<Candidate> candidate, const std::string& first) {
  const std::string second = ManifestFileOf(*candidate);
  Candidate* kept = FindCandidate(candidate->record.id);
  if (kept == nullptr) {
    kept = candidate.get();
    Add(std::move(candidate));
  }
  MarkDuplicate(*kept, first, second);
}

Status Looking::AddRemoved() {
  if (places_.removed.empty()) return {};
  ASSIGN_OR_RETURN(auto rows,
                   parts_.store.FindAppsAt(request_.source.name,
                                           {places_.removed.begin(), places_.removed.end()}));
  for (AppRecord& row : rows) {
    if (FindCandidate(row.id) != nullptr || row.presence == Presence::kOrphaned) continue;
    auto candidate = MakeCandidate(std::move(row));
    candidate->record.presence = Presence::kOrphaned;
    candidate->record.dirty = true;
    candidate->record.revision = tip_;
    candidate->record.diagnostics.clear();
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
    if (!affected && !due && !IsAskedFor(row.id)) continue;
    if (FindCandidate(row.id) != nullptr) continue;
    Add(MakeCandidate(std::move(row)));
  }
  return {};
}

void Looking::Finish() {
  UpdateSourceRecord({.tip = tip_,
                      .tree = tree_,
                      .patterns_tree = patterns_tree_,
                      .outside_digest = request_.outside_digest,
                      .stored = request_.stored},
                     parts_.clock.Now(), look_);
  std::sort(look_.candidates.begin(), look_.candidates.end(),
            [](const auto& a, const auto& b) { return a->record.id < b->record.id; });
}

}  // namespace

Result<SourceLook> LookAtSource(const EngineParts& parts, PatternShelf& patterns,
                                const SourceLookRequest& request, std::stop_token stop) {
  return Looking(parts, patterns, request, std::move(stop)).Run();
}

}  // namespace gitops

#include "engine/reconcile/touched_app.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace gitops {

Result<std::unique_ptr<Candidate>> MakeTouchedCandidate(const EngineParts& parts,
                                                        const TouchedSource& look,
                                                        AppDirectory place,
                                                        ManifestReading reading) {
  const auto there = look.there.find(place.path);
  AppId id{look.source->environment, reading.name};
  if (id.name.empty()) {
    // Nobody can say what it is called: it stays what it was, or is called like its directory.
    id.name = there != look.there.end() ? there->second.id.name
                                        : NameFromDirectory(place.path, look.source->name);
  }
  auto candidate = std::make_unique<Candidate>();
  candidate->source = look.source;
  candidate->manifest_file = std::move(reading.file);
  if (there != look.there.end() && there->second.id == id) {
    candidate->stored = std::make_shared<const AppRecord>(there->second);
  } else if (!look.no_app_known) {
    ASSIGN_OR_RETURN(auto row, parts.store.LoadApp(id));
    if (row) candidate->stored = std::make_shared<const AppRecord>(*std::move(row));
  }
  AppRecord& record = candidate->record;
  if (candidate->stored != nullptr) record = *candidate->stored;
  record.id = std::move(id);
  record.source = look.source->name;
  record.directory = std::move(place.path);
  record.tree = place.tree;
  record.revision = look.tip;
  record.dirty = true;
  record.presence = reading.manifest ? Presence::kPresent : Presence::kInvalid;
  record.diagnostics = std::move(reading.diagnostics);
  if (reading.manifest) {
    record.pattern = reading.manifest->pattern;
    record.depends_on = reading.manifest->depends_on;
    candidate->depends_on_place = PlaceOfDependencies(*reading.manifest);
    candidate->read =
        std::make_unique<ReadApp>(ReadApp{std::move(reading.manifest), std::move(reading.files)});
  }
  return candidate;
}

namespace {

void ForgetPlan(Candidate& candidate) {
  AppRecord record = candidate.stored == nullptr ? AppRecord() : *candidate.stored;
  AppRecord& read = candidate.record;
  record.id = std::move(read.id);
  record.source = std::move(read.source);
  record.directory = std::move(read.directory);
  record.tree = read.tree;
  record.revision = std::move(read.revision);
  record.pattern = std::move(read.pattern);
  record.depends_on = std::move(read.depends_on);
  candidate.record = std::move(record);
  candidate.read = nullptr;
  candidate.wanted = nullptr;
  candidate.plan = nullptr;
  candidate.recorded = {};
  candidate.decision = {};
  *candidate.report = {};
  candidate.planned = false;
}

std::string UsualFile(const std::string& directory) {
  return (directory.empty() ? "" : directory + "/") + std::string(kManifestNames[0]);
}

}  // namespace

std::string ManifestFileOf(const Candidate& candidate) {
  return candidate.manifest_file.empty() ? UsualFile(candidate.record.directory)
                                         : candidate.manifest_file;
}

void ForgetUsualFile(Candidate& candidate) {
  CHECK(candidate.planned);
  if (candidate.manifest_file != UsualFile(candidate.record.directory)) return;
  candidate.manifest_file.clear();
  candidate.manifest_file.shrink_to_fit();
}

void ForgetManifest(Candidate& candidate) {
  candidate.manifest_file = ManifestFileOf(candidate);  // Before it is at another place.
  const AppId id = candidate.record.id;
  ForgetPlan(candidate);
  const std::string source = candidate.source->name;
  candidate.record = candidate.stored == nullptr ? AppRecord() : *candidate.stored;
  candidate.record.id = id;
  if (candidate.stored == nullptr) candidate.record.source = source;
}

void MarkDuplicate(Candidate& candidate, const std::string& first, const std::string& second) {
  const AppId id = candidate.record.id;
  Diagnostic diagnostic;
  diagnostic.summary = kDuplicateSummary;
  diagnostic.subject = id.ToString();
  diagnostic.detail = "app " + id.name + " of environment " + id.environment + " is declared by " +
                      first + " and by " + second;
  diagnostic.location = Location{second, 1, 1};
  diagnostic.hint = "give one of them another name; until then neither is applied";
  Diagnostics known = std::move(candidate.record.diagnostics);
  if (known.empty() || known.front().summary != kDuplicateSummary) known.clear();
  ForgetPlan(candidate);
  if (std::find(known.begin(), known.end(), diagnostic) == known.end()) {
    known.push_back(std::move(diagnostic));
  }
  candidate.record.presence = Presence::kInvalid;
  candidate.record.dirty = true;
  candidate.record.diagnostics = std::move(known);
}

}  // namespace gitops

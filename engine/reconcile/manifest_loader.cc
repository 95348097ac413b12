#include "engine/reconcile/manifest_loader.h"

#include <utility>

#include "sources/manifest_check.h"
#include "sources/manifest_parser.h"

namespace gitops {
namespace {

struct ManifestEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
};

Result<ManifestEntry> FindManifest(const FileTree& files, const std::string& directory) {
  for (const std::string_view name : kManifestNames) {
    ASSIGN_OR_RETURN(const auto entry, files.Find(name));
    if (entry) return ManifestEntry{entry->name, entry->kind};
  }
  return MakeError(
      ErrorKind::kNotFound, "no manifest",
      (directory.empty() ? "the repository's root" : directory) + " holds no tfgrid-compose.yaml");
}

Result<ParsedManifest> ReadAndCheck(const EngineParts& parts, const FileTree& files,
                                    const std::string& directory, const ManifestEntry& entry,
                                    const std::vector<std::string>& known_patterns,
                                    std::string& name_of_app) {
  Count(parts.counters.manifests_parsed);
  ManifestContext context;
  context.patterns = known_patterns;
  auto parsed = ReadManifest(files, directory, entry.name, entry.kind, context);
  if (!parsed) return parsed;
  name_of_app = parsed->manifest.name;
  const std::string file = directory.empty() ? entry.name : directory + "/" + entry.name;
  Diagnostics of_files = CheckAppFiles(parsed->manifest, files, file);
  parsed->diagnostics.insert(parsed->diagnostics.end(), std::make_move_iterator(of_files.begin()),
                             std::make_move_iterator(of_files.end()));
  if (HasErrors(parsed->diagnostics)) {
    return Error(ErrorKind::kInvalid, std::move(parsed->diagnostics));
  }
  return parsed;
}

}  // namespace

Result<ManifestReading> ReadAppManifest(const EngineParts& parts, const SourceSpec& source,
                                        const AppDirectory& place,
                                        const std::vector<std::string>& known_patterns) {
  ManifestReading reading;
  reading.file = (place.path.empty() ? "" : place.path + "/") + place.manifest_name;
  ASSIGN_OR_RETURN(reading.files, parts.mirror.Open(source, place.tree));
  auto parsed =
      ReadAndCheck(parts, *reading.files, place.path, {place.manifest_name, place.manifest_kind},
                   known_patterns, reading.name);
  if (!parsed) {
    if (parsed.error().kind != ErrorKind::kInvalid) {
      return std::move(parsed).error().WithContext(reading.file);
    }
    reading.diagnostics = std::move(parsed).error().diagnostics;
    return reading;
  }
  reading.diagnostics = std::move(parsed->diagnostics);
  reading.manifest = std::make_shared<const Manifest>(std::move(parsed->manifest));
  return reading;
}

Result<std::shared_ptr<const Manifest>> LoadManifestOf(const EngineParts& parts,
                                                       const Candidate& candidate,
                                                       const std::vector<std::string>& known) {
  ASSIGN_OR_RETURN(const auto files, parts.mirror.Open(*candidate.source, candidate.record.tree));
  // What `up PATH` brought is the root of its tree, wherever the directory lies on disk.
  const std::string& directory = candidate.record.directory;
  ASSIGN_OR_RETURN(const ManifestEntry entry, FindManifest(*files, directory));
  std::string name;
  ASSIGN_OR_RETURN(ParsedManifest parsed,
                   ReadAndCheck(parts, *files, directory, entry, known, name));
  return std::make_shared<const Manifest>(std::move(parsed.manifest));
}

std::unique_ptr<const Location> PlaceOfDependencies(const Manifest& manifest) {
  const auto found = manifest.locations.find("depends_on");
  if (found == manifest.locations.end()) return nullptr;
  return std::make_unique<const Location>(found->second);
}

std::string NameFromDirectory(const std::string& directory, const std::string& fallback) {
  const std::size_t slash = directory.rfind('/');
  const std::string last = slash == std::string::npos ? directory : directory.substr(slash + 1);
  std::string name;
  for (const char c : last) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool capital = c >= 'A' && c <= 'Z';
    name += letter ? c : capital ? static_cast<char>(c - 'A' + 'a') : '-';
  }
  name = name.substr(0, 63);
  while (!name.empty() && name.front() == '-') name.erase(0, 1);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return IsValidName(name) ? name : fallback;
}

}  // namespace gitops

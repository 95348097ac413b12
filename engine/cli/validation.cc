#include "engine/cli/validation.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "differ/paint.h"
#include "engine/base/redactor.h"
#include "engine/cli/loose_directory.h"
#include "engine/model/app_id.h"
#include "engine/model/documents.h"
#include "engine/pattern/expand.h"
#include "engine/reconcile/worker_pool.h"
#include "sources/manifest_check.h"

namespace gitops {
namespace {

constexpr int kThreads = 4;  // Manifests checked at a time: some wait for the disk.

struct ManifestPlace {
  std::string directory;  ///< "." for the current one.
  std::string name;       ///< Of the file.
  EntryKind kind = EntryKind::kFile;

  std::string File() const { return directory == "." ? name : directory + "/" + name; }
};

/// What is kept of a manifest for the checks between files.
struct NamedManifest {
  std::size_t file = 0;  ///< Index in the report.
  Location name;
  Location depends_on;
  std::vector<std::string> dependencies;
};

std::optional<TreeEntry> FindManifest(const std::vector<TreeEntry>& entries) {
  for (const std::string_view name : kManifestNames) {
    for (const TreeEntry& entry : entries) {
      if (entry.name == name) return entry;
    }
  }
  return std::nullopt;
}

Error TooMuch(std::string detail) {
  return MakeError(ErrorKind::kInvalid, "too much to search", std::move(detail),
                   "name a folder further down");
}

/// Finds the manifests below directories, within limits; does not descend below one.
class Search {
 public:
  Search(const SearchLimits& limits, std::stop_token stop)
      : limits_(limits), stop_(std::move(stop)) {}

  Status Descend(const std::string& directory, int depth) {
    if (stop_.stop_requested()) return MakeError(ErrorKind::kCancelled, "interrupted");
    if (depth > limits_.depth) {
      return TooMuch("\"" + directory + "\" lies deeper than " + std::to_string(limits_.depth) +
                     " folders");
    }
    if (++directories_ > limits_.directories) {
      return TooMuch("more than " + std::to_string(limits_.directories) + " folders");
    }
    ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, LooseDirectory(directory).List(""));
    if (const auto manifest = FindManifest(entries)) {
      return Add({directory, manifest->name, manifest->kind});
    }
    for (const TreeEntry& entry : entries) {
      if (entry.kind != EntryKind::kDirectory) continue;
      RETURN_IF_ERROR(
          Descend(directory == "." ? entry.name : directory + "/" + entry.name, depth + 1));
    }
    return {};
  }

  Status Add(ManifestPlace place) {
    if (places_.size() >= limits_.manifests) {
      return TooMuch("more than " + std::to_string(limits_.manifests) + " manifests");
    }
    places_.push_back(std::move(place));
    return {};
  }

  const std::vector<ManifestPlace>& places() const { return places_; }

 private:
  const SearchLimits limits_;
  const std::stop_token stop_;
  std::size_t directories_ = 0;
  std::vector<ManifestPlace> places_;
};

Status FindPlaces(const std::string& given, Search& search) {
  std::string path = std::filesystem::path(given).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::error_code code;
  const auto status = std::filesystem::symlink_status(path, code);
  if (!std::filesystem::exists(status)) {
    return MakeError(ErrorKind::kNotFound, "no such path", "there is nothing at \"" + given + "\"",
                     "name a manifest, a reconciler.yaml, or a folder to search; to start an app: "
                     "tfgrid-compose init " +
                         given);
  }
  // A link that is named on the command line is meant; links below it are not followed.
  if (std::filesystem::is_directory(path, code)) {
    const std::size_t before = search.places().size();
    RETURN_IF_ERROR(search.Descend(path, 0));
    if (search.places().size() > before) return {};
    return MakeError(ErrorKind::kNotFound, "no manifest found",
                     "no tfgrid-compose.yaml or tfgrid-compose.yml in or below \"" + given + "\"",
                     "tfgrid-compose init " + given);
  }
  if (!std::filesystem::is_symlink(status) && !std::filesystem::is_regular_file(status)) {
    return MakeError(ErrorKind::kInvalid, "not a file",
                     "\"" + given + "\" is a device, a pipe or a socket",
                     "name a manifest, a reconciler.yaml, or a folder to search");
  }
  const std::filesystem::path file(path);
  std::string directory = file.parent_path().string();
  if (directory.empty()) directory = ".";
  const bool link = std::filesystem::is_symlink(status);
  return search.Add(
      {directory, file.filename().string(), link ? EntryKind::kSymlink : EntryKind::kFile});
}

/// Values as they are known without an environment: declared defaults, and a stand-in where a value
/// comes from the environment's configuration.
AppVariables AssumedVariables(const Manifest& manifest) {
  AppVariables variables;
  for (const EnvironmentEntry& entry : manifest.environment) {
    variables.values.push_back(
        {entry.name, Secret(entry.default_value.value_or("")), entry.secret, "default"});
  }
  std::sort(variables.values.begin(), variables.values.end(),
            [](const AppVariable& a, const AppVariable& b) { return a.name < b.name; });
  return variables;
}

void NoteRequiredValues(const Manifest& manifest, Diagnostics& diagnostics) {
  for (const EnvironmentEntry& entry : manifest.environment) {
    if (!entry.required || entry.default_value) continue;
    diagnostics.push_back(Diagnostic{
        Severity::kNote, "value needed",
        "\"" + entry.name +
            "\" is required and has no default: the app waits "
            "until its environment sets it",
        "environment." + entry.name, entry.location,
        "in reconciler.yaml: environments: {NAME: {environment: {" + entry.name + ": …}}}"});
  }
}

/// The manifest's provider, else `local`, else the pattern's first.
std::string ProviderOf(const Manifest& manifest, const Pattern& pattern) {
  if (!manifest.provider.empty()) return manifest.provider;
  if (pattern.providers.empty() || pattern.providers.count("local") != 0) return "local";
  return pattern.providers.begin()->first;
}

/// One catalog for several threads.
class SharedCatalog {
 public:
  explicit SharedCatalog(PatternCatalog& catalog) : catalog_(catalog) {}

  Result<FoundPattern> Find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return catalog_.Find(name);
  }

 private:
  std::mutex mutex_;  ///< Guards catalog_.
  PatternCatalog& catalog_;
};

/// What only the pattern can tell: values out of bounds, ambiguous units, a missing provider.
void CheckAgainstPattern(const Manifest& manifest, const FileTree& files, SharedCatalog& patterns,
                         const std::string& file, Diagnostics& diagnostics) {
  if (manifest.pattern.empty()) return;
  const auto append = [&](const Diagnostics& found) {
    for (Diagnostic diagnostic : found) {
      if (diagnostic.location.file.empty()) diagnostic.location.file = file;
      diagnostics.push_back(std::move(diagnostic));
    }
  };
  const Result<FoundPattern> pattern = patterns.Find(manifest.pattern);
  if (!pattern) return append(pattern.error().diagnostics);
  const AppVariables values = AssumedVariables(manifest);
  const std::map<std::string, Value> no_overrides;
  const Result<DesiredState> desired = Expand(
      {AppId{"default", manifest.name}, Revision{}, manifest, files, *pattern->pattern,
       *pattern->files, ProviderOf(manifest, *pattern->pattern), no_overrides, values, "validate"});
  append(desired ? desired->diagnostics : desired.error().diagnostics);
}

void SortByPlace(Diagnostics& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.location.line, a.location.column) <
                            std::pair(b.location.line, b.location.column);
                   });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

ValidatedFile CheckOne(const ManifestPlace& place, SharedCatalog& patterns,
                       const ManifestContext& context, std::optional<NamedManifest>& named) {
  ValidatedFile result;
  result.file = place.File();
  const LooseDirectory files(place.directory);
  const std::string directory = place.directory == "." ? "" : place.directory;
  const Result<ParsedManifest> parsed =
      ReadManifest(files, directory, place.name, place.kind, context);
  if (!parsed) {
    result.diagnostics = parsed.error().diagnostics;
    return result;
  }
  const Manifest& manifest = parsed->manifest;
  result.app = manifest.name;
  result.diagnostics = parsed->diagnostics;
  const Diagnostics of_files = CheckAppFiles(manifest, files, result.file);
  result.diagnostics.insert(result.diagnostics.end(), of_files.begin(), of_files.end());
  // The pattern would report a missing hook a second time.
  if (!HasErrors(of_files)) {
    CheckAgainstPattern(manifest, files, patterns, result.file, result.diagnostics);
  }
  NoteRequiredValues(manifest, result.diagnostics);
  SortByPlace(result.diagnostics);
  const auto location = [&](const std::string& key) {
    const auto found = manifest.locations.find(key);
    return found == manifest.locations.end() ? Location{result.file, 0, 0} : found->second;
  };
  named = NamedManifest{0, location("name"), location("depends_on"), manifest.depends_on};
  return result;
}

using Names = std::map<std::string, NamedManifest>;

void CheckUnique(const std::string& name, const NamedManifest& added, const Names& names,
                 ValidationReport& report) {
  const auto first = names.find(name);
  if (first == names.end()) return;
  report.files[added.file].diagnostics.push_back(Diagnostic{
      Severity::kError, "two apps of one name",
      "\"" + name + "\" is also the name in " + report.files[first->second.file].file, "name",
      added.name, "rename one; folders that feed different environments are validated one by one"});
}

/// "a -> b -> a", or "". Follows the first way back to `start`; each app once.
std::string FindCircle(const std::string& start, const Names& names) {
  std::vector<std::string> path{start};
  std::vector<std::size_t> next{0};
  std::map<std::string, bool> seen;
  while (!path.empty()) {
    const auto found = names.find(path.back());
    const std::size_t index = next.back()++;
    if (found == names.end() || index >= found->second.dependencies.size()) {
      path.pop_back();
      next.pop_back();
      continue;
    }
    const std::string& dependency = found->second.dependencies[index];
    if (dependency == start) {
      std::string text;
      for (const std::string& step : path) text += step + " -> ";
      return text + start;
    }
    if (!seen[dependency]) {
      seen[dependency] = true;
      path.push_back(dependency);
      next.push_back(0);
    }
  }
  return "";
}

void CheckCircles(const Names& names, ValidationReport& report) {
  for (const auto& [name, manifest] : names) {
    const std::string circle = FindCircle(name, names);
    if (circle.empty()) continue;
    report.files[manifest.file].diagnostics.push_back(
        Diagnostic{Severity::kError, "apps depend on each other in a circle", circle, "depends_on",
                   manifest.depends_on, "remove one of these dependencies"});
  }
}

std::vector<std::string> KnownPatterns(PatternCatalog& patterns) {
  std::vector<std::string> names;
  for (const PatternListing& listing : patterns.List()) {
    if (!listing.hidden) names.push_back(listing.name);
  }
  return names;
}

}  // namespace

bool ValidationReport::HasFailures() const {
  return std::any_of(files.begin(), files.end(),
                     [](const ValidatedFile& file) { return !file.IsValid(); });
}

Result<ValidationReport> ValidatePaths(const std::vector<std::string>& paths,
                                       PatternCatalog& patterns, std::stop_token stop,
                                       const SearchLimits& limits) {
  Search search(limits, stop);
  for (const std::string& path : paths) RETURN_IF_ERROR(FindPlaces(path, search));
  ManifestContext context;
  context.patterns = KnownPatterns(patterns);
  ValidationReport report;
  const std::vector<ManifestPlace>& places = search.places();
  std::vector<std::optional<NamedManifest>> named(places.size());
  report.files.resize(places.size());
  SharedCatalog catalog(patterns);
  RunParallel(places.size(), kThreads, stop, [&](std::size_t i) {
    report.files[i] = CheckOne(places[i], catalog, context, named[i]);
  });
  if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "interrupted");
  Names names;
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (!named[i]) continue;
    named[i]->file = i;
    const std::string& name = report.files[i].app;
    CheckUnique(name, *named[i], names, report);
    names.emplace(name, *std::move(named[i]));
  }
  CheckCircles(names, report);
  return report;
}

bool IsConfigurationFile(const std::string& path) {
  return std::filesystem::path(path).filename() == "reconciler.yaml";
}

std::string ValidationText(const ValidationReport& report, const RenderOptions& options) {
  std::string text;
  std::size_t invalid = 0;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const ValidatedFile& file : report.files) {
    if (file.IsValid()) {
      text += Painter(options).Paint(Ink::kGreen, "ok") + "  " + EscapeLine(file.file) +
              (file.app.empty() ? "" : " (" + EscapeLine(file.app) + ")") + "\n";
    } else {
      ++invalid;
    }
    for (const Diagnostic& diagnostic : file.diagnostics) {
      if (diagnostic.severity == Severity::kError) ++errors;
      if (diagnostic.severity == Severity::kWarning) ++warnings;
      text += RenderDiagnostic(diagnostic, options);
    }
  }
  const auto count = [](std::size_t number, const std::string& noun) {
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
  };
  const bool only_manifests =
      std::none_of(report.files.begin(), report.files.end(),
                   [](const ValidatedFile& file) { return IsConfigurationFile(file.file); });
  return text + "\n" + count(report.files.size(), only_manifests ? "manifest" : "file") + ", " +
         std::to_string(invalid) + " invalid: " + count(errors, "error") + ", " +
         count(warnings, "warning") + ".\n";
}

void WriteValidationReport(DocumentWriter& writer, const ValidationReport& report) {
  writer.Member("valid", !report.HasFailures());
  writer.Key("files");
  writer.BeginList();
  for (const ValidatedFile& file : report.files) {
    writer.BeginObject();
    writer.Member("file", file.file);
    writer.TextOrNull("app", file.app);
    writer.Member("valid", file.IsValid());
    writer.Key("diagnostics");
    WriteDiagnostics(writer, file.diagnostics);
    writer.EndObject();
  }
  writer.EndList();
}

}  // namespace gitops

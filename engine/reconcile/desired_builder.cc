#include "engine/reconcile/desired_builder.h"

#include <map>
#include <utility>

#include "engine/pattern/expand.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_values.h"
#include "engine/reconcile/env_file_values.h"
#include "engine/reconcile/manifest_loader.h"

namespace gitops {
namespace {

/// True for errors that are the fault of what was read, and so belong to the app and not to the
/// pass.
bool IsOfTheApp(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kNotFound;
}

std::map<std::string, Value> VariablesFor(const EnvironmentSpec& environment,
                                          const std::string& app) {
  std::map<std::string, Value> variables = environment.variables;
  if (const auto override = environment.apps.find(app); override != environment.apps.end()) {
    for (const auto& [name, value] : override->second.variables) variables[name] = value;
  }
  return variables;
}

/// The environment without a copy of it, which may hold thousands of apps; `by_default` is where
/// one that is not configured is made.
const EnvironmentSpec& FindEnvironment(const Config& config, const std::string& name,
                                       EnvironmentSpec& by_default) {
  const auto found = config.environments.find(name);
  if (found != config.environments.end()) return found->second;
  by_default = config.Environment(name);
  return by_default;
}

Result<AppVariables> VariablesOf(const EngineParts& parts, const EnvironmentSpec& environment,
                                 const Manifest& manifest, const FileTree& files,
                                 const std::string& manifest_file) {
  ASSIGN_OR_RETURN(const auto env_file, ReadEnvFileValues(manifest, files, manifest_file));
  return ResolveAppVariables({.manifest = manifest,
                              .environment = environment,
                              .env_file = env_file,
                              .manifest_file = manifest_file},
                             parts.secrets);
}

struct Ingredients {
  AppId app;
  Revision revision;
  std::shared_ptr<const Manifest> manifest;
  std::string manifest_file;
  std::shared_ptr<const FileTree> app_files;
  ShelvedPattern pattern;
  std::string provider;  ///< "": the manifest's or the environment's.
};

Result<BuildOutcome> Combine(const EngineParts& parts, Ingredients in) {
  EnvironmentSpec by_default;
  const EnvironmentSpec& environment =
      FindEnvironment(parts.config, in.app.environment, by_default);
  auto variables = VariablesOf(parts, environment, *in.manifest, *in.app_files, in.manifest_file);
  if (!variables) {
    if (!IsOfTheApp(variables.error()) && variables.error().kind != ErrorKind::kTransient) {
      return std::move(variables).error();
    }
    return BuildOutcome(BuildFailure{Verdict::kBlocked, std::move(variables).error().diagnostics});
  }
  std::string provider = in.provider;
  if (provider.empty()) provider = in.manifest->provider;
  if (provider.empty()) provider = environment.provider;
  const auto pattern_variables = VariablesFor(environment, in.app.name);
  auto desired = Expand({.app = in.app,
                         .revision = in.revision,
                         .manifest = *in.manifest,
                         .app_files = *in.app_files,
                         .pattern = *in.pattern.pattern,
                         .pattern_files = *in.pattern.files,
                         .provider = provider,
                         .variables = pattern_variables,
                         .app_variables = *variables,
                         .digest_key = parts.digest_key.Reveal()});
  if (!desired) {
    if (!IsOfTheApp(desired.error())) return std::move(desired).error();
    const bool blocked = !variables->missing.empty();
    return BuildOutcome(BuildFailure{blocked ? Verdict::kBlocked : Verdict::kInvalid,
                                     std::move(desired).error().diagnostics});
  }
  Wanted wanted;
  wanted.desired = *std::move(desired);
  wanted.desired.depends_on = DependencyIds(in.app.environment, in.manifest->depends_on);
  wanted.manifest_file = std::move(in.manifest_file);
  wanted.manifest = std::move(in.manifest);
  wanted.variables = *std::move(variables);
  wanted.app_files = std::move(in.app_files);
  wanted.pattern_files = in.pattern.files;
  wanted.pattern_is_foreign = in.pattern.foreign;
  return BuildOutcome(std::move(wanted));
}

/// The error as a verdict on the app, or as an Error of the pass.
Result<BuildOutcome> Failed(Error error) {
  if (!IsOfTheApp(error)) return error;
  return BuildOutcome(BuildFailure{Verdict::kInvalid, std::move(error).diagnostics});
}

}  // namespace

Result<BuildOutcome> BuildWanted(const EngineParts& parts, PatternShelf& patterns,
                                 const Candidate& candidate, const ObjectId& source_tree) {
  const AppRecord& record = candidate.record;
  Ingredients in;
  in.app = record.id;
  in.revision = record.revision;
  if (candidate.read != nullptr) {
    in.manifest = candidate.read->manifest;
    in.app_files = candidate.read->files;
  }
  in.manifest_file = candidate.manifest_file;
  if (in.app_files == nullptr) {
    ASSIGN_OR_RETURN(in.app_files, parts.mirror.Open(*candidate.source, record.tree));
  }
  if (in.manifest == nullptr) {
    ASSIGN_OR_RETURN(const auto known, patterns.Names(*candidate.source, source_tree));
    auto loaded = LoadManifestOf(parts, candidate, known);
    if (!loaded) return Failed(std::move(loaded).error());
    in.manifest = *std::move(loaded);
  }
  auto pattern = patterns.Find(*candidate.source, source_tree, in.manifest->pattern);
  if (!pattern) {
    Error error = std::move(pattern).error();
    Diagnostic& diagnostic = error.diagnostics.front();
    if (diagnostic.location.file.empty()) {
      for (const char* key : {"pattern", "patterns"}) {
        const auto place = in.manifest->locations.find(key);
        if (place != in.manifest->locations.end()) diagnostic.location = place->second;
      }
    }
    return Failed(std::move(error));
  }
  in.pattern = *std::move(pattern);
  return Combine(parts, std::move(in));
}

Result<BuildOutcome> BuildFromSnapshot(const EngineParts& parts, const SourceSpec& source,
                                       const Snapshot& snapshot) {
  Ingredients in;
  in.app = snapshot.app;
  in.revision = snapshot.revision;
  in.provider = snapshot.provider;
  auto app_files = parts.mirror.Open(source, snapshot.app_tree);
  if (!app_files) return Failed(std::move(app_files).error());
  in.app_files = *std::move(app_files);
  Candidate candidate;
  candidate.record.id = snapshot.app;
  candidate.record.directory = snapshot.directory;
  candidate.record.tree = snapshot.app_tree;
  candidate.source = std::make_shared<const SourceSpec>(source);
  auto manifest = LoadManifestOf(parts, candidate);
  if (!manifest) return Failed(std::move(manifest).error());
  in.manifest = *std::move(manifest);
  auto pattern_files = parts.mirror.Open(source, snapshot.pattern_tree);
  if (!pattern_files) return Failed(std::move(pattern_files).error());
  in.pattern.files = *std::move(pattern_files);
  auto pattern = LoadPattern(*in.pattern.files, "snapshot " + std::to_string(snapshot.number));
  if (!pattern) return Failed(std::move(pattern).error());
  in.pattern.pattern = std::make_shared<const Pattern>(*std::move(pattern));
  return Combine(parts, std::move(in));
}

Result<RunTrees> OpenRunTrees(const EngineParts& parts, const SourceSpec& source,
                              const Plan& plan) {
  RunTrees trees;
  // A tree may be gone when the mirror was lost.
  std::optional<Error> no_pattern;
  if (auto files = parts.mirror.Open(source, plan.pattern_tree)) {
    trees.pattern_files = *std::move(files);
  } else {
    no_pattern = std::move(files).error();
  }
  auto app_files = parts.mirror.Open(source, plan.app_tree);
  if (!app_files) {
    trees.lacking = std::move(app_files).error();
    return trees;
  }
  trees.app_files = *std::move(app_files);
  Candidate candidate;
  candidate.record.id = plan.app;
  candidate.record.tree = plan.app_tree;
  candidate.source = std::make_shared<const SourceSpec>(source);
  auto manifest = LoadManifestOf(parts, candidate);
  if (!manifest) {
    trees.lacking = std::move(manifest).error();
    return trees;
  }
  EnvironmentSpec by_default;
  auto variables =
      VariablesOf(parts, FindEnvironment(parts.config, plan.app.environment, by_default),
                  **manifest, *trees.app_files, "");
  if (!variables) {
    trees.lacking = std::move(variables).error();
    return trees;
  }
  trees.variables = *std::move(variables);
  if (!trees.variables.missing.empty()) {
    trees.lacking = Error(ErrorKind::kInvalid, trees.variables.missing);
  } else {
    trees.lacking = std::move(no_pattern);
  }
  return trees;
}

Result<std::unique_ptr<Wanted>> WantedForDeletion(const EngineParts& parts,
                                                  const Candidate& candidate) {
  ASSIGN_OR_RETURN(const auto run, parts.store.LoadRun(candidate.record.last_run));
  if (!run) return std::unique_ptr<Wanted>();
  ASSIGN_OR_RETURN(RunTrees trees, OpenRunTrees(parts, *candidate.source, run->plan));
  auto wanted = std::make_unique<Wanted>();
  wanted->app_files = std::move(trees.app_files);
  wanted->pattern_files = std::move(trees.pattern_files);
  wanted->variables = std::move(trees.variables);
  return wanted;
}

}  // namespace gitops

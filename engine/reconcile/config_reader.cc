#include "engine/reconcile/config_reader.h"

#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "engine/base/suggest.h"
#include "engine/reconcile/config_context.h"
#include "engine/reconcile/config_environments.h"
#include "engine/reconcile/config_files.h"
#include "engine/reconcile/config_reporting.h"
#include "engine/reconcile/config_server.h"
#include "engine/reconcile/config_shape.h"
#include "engine/reconcile/config_sources.h"
#include "engine/yaml/parse.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

constexpr std::string_view kFileName = "reconciler.yaml";
constexpr std::string_view kDatabaseName = "state.db";
constexpr std::string_view kReference = "docs/configuration.md lists all keys";
constexpr std::string_view kSqlite = "sqlite://";

std::string Variable(const ConfigRequest& request, const std::string& name) {
  const auto found = request.environment.find(name);
  return found == request.environment.end() ? std::string() : found->second;
}

std::string Absolute(std::string_view path, const std::string& directory) {
  std::string text =
      (std::filesystem::path(directory) / std::filesystem::path(path)).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

/// $`variable`, else ~/`fallback`; "" without a home.
std::string UserDirectory(const ConfigRequest& request, const std::string& variable,
                          std::string_view fallback) {
  const std::string base = Variable(request, variable);
  if (!base.empty() && base.front() == '/') return base;
  const std::string home = Variable(request, "HOME");
  if (home.empty() || home.front() != '/') return "";
  return home + "/" + std::string(fallback);
}

struct FoundFile {
  std::string path;
  bool asked_for = false;
};

bool Exists(const std::string& path) {
  struct stat info {};
  // Also true for a file we may not see: using another one instead would be worse than an error.
  return stat(path.c_str(), &info) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/// False for the private home of a person who runs us by `sudo -u`, as another user and for that
/// user's configuration.
bool CanEnter(const std::string& directory) {
  struct stat info {};
  return stat((directory + "/.").c_str(), &info) == 0 || errno != EACCES;
}

/// The file to read; nullopt: none was asked for and there is none.
std::optional<FoundFile> FindFile(const ConfigRequest& request) {
  if (!request.config_file.empty()) {
    return FoundFile{Absolute(request.config_file, request.working_directory), true};
  }
  const std::string variable = Variable(request, "TFGRID_COMPOSE_CONFIG");
  if (!variable.empty()) return FoundFile{Absolute(variable, request.working_directory), true};
  std::vector<std::string> directories;
  if (CanEnter(request.working_directory)) directories.push_back(request.working_directory);
  const std::string user = UserDirectory(request, "XDG_CONFIG_HOME", ".config");
  if (!user.empty()) directories.push_back(user + "/tfgrid-compose");
  directories.push_back(request.system_directory);
  for (const std::string& directory : directories) {
    std::string path = Absolute(kFileName, directory);
    if (Exists(path)) return FoundFile{std::move(path), false};
  }
  return std::nullopt;
}

bool IsNetworkFileSystem(const std::string& directory) {
  struct statfs info {};
  if (statfs(directory.c_str(), &info) != 0) return false;
  constexpr std::array<unsigned, 4> kKinds{0x6969,       // NFS
                                           0xFF534D42,   // CIFS
                                           0xFE534D42,   // SMB2
                                           0x5346414F};  // AFS
  return std::find(kKinds.begin(), kKinds.end(), static_cast<unsigned>(info.f_type)) !=
         kKinds.end();
}

/// Reads the tree of one file into a Config.
class ConfigBuilder {
 public:
  ConfigBuilder(const ConfigRequest& request, const std::string& file)
      : request_(request),
        context_(request, file, std::filesystem::path(file).parent_path().string()) {
    config_.file = file;
  }

  /// `problems`: what the table found; a part that does not fit it is not read further.
  Result<ConfigReading> Build(const YamlNode& root, Diagnostics problems) {
    context_.diagnostics() = std::move(problems);
    static const YamlNode kNothing;
    const auto part = [&](std::string_view key) -> const YamlNode& {
      const YamlNode* found = root.Find(key);
      return found == nullptr ? kNothing : *found;
    };
    config_.sources = ReadSources(part("sources"), context_);
    config_.environments = ReadEnvironments(part("environments"), context_);
    config_.limits = ReadLimits(part("limits"));
    config_.app_users = ReadAppUsers(part("appUsers"), context_);
    config_.log = ReadLogSpec(part("log"));
    config_.otlp = ReadTelemetry(part("telemetry"), context_);
    config_.notifications = ReadNotifications(part("notifications"), context_);
    ReadState(root.Find("state"));
    config_.server = ReadServer(part("server"), context_);
    ReadPatterns(root.Find("patterns"));
    CheckEnvironments();
    std::stable_sort(context_.diagnostics().begin(), context_.diagnostics().end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                       return std::pair(a.location.line, a.location.column) <
                              std::pair(b.location.line, b.location.column);
                     });
    if (HasErrors(context_.diagnostics())) {
      return Error(ErrorKind::kInvalid, std::move(context_.diagnostics()));
    }
    return ConfigReading{std::move(config_), std::move(context_.diagnostics())};
  }

 private:
  void ReadState(const YamlNode* node) {
    if (node == nullptr || !node->IsScalar()) return;
    const std::string& text = node->scalar;
    if (text.substr(0, kSqlite.size()) != kSqlite) {
      // Only the scheme is shown: a password may follow it.
      const std::size_t mark = text.find("://");
      const std::string found = mark == std::string::npos
                                    ? std::string("the value begins with no scheme")
                                    : QuoteShort(text.substr(0, mark)) + " is not supported";
      context_.Error("unknown kind of database", found + ": this version keeps state in SQLite",
                     "state", *node, "state: sqlite:///var/lib/tfgrid-compose/state.db");
      return;
    }
    const std::string path = text.substr(kSqlite.size());
    if (path.empty() || path.front() != '/' || path.back() == '/' || path.size() < 2) {
      context_.Error("database without a path", "after sqlite:// comes the absolute path of a file",
                     "state", *node, "state: sqlite:///var/lib/tfgrid-compose/state.db");
      return;
    }
    const std::filesystem::path file = std::filesystem::path(path).lexically_normal();
    CheckStateDirectory(file.parent_path().string(), *node);
    config_.state_dir = file.parent_path().string();
    config_.state_url = std::string(kSqlite) + file.string();
  }

  void CheckStateDirectory(const std::string& directory, const YamlNode& node) {
    const std::string above = std::filesystem::path(directory).parent_path().string();
    struct stat info {};
    const bool there = stat(directory.c_str(), &info) == 0;
    if (there && !S_ISDIR(info.st_mode)) {
      context_.Error("state is in no directory", "\"" + directory + "\" is not a directory",
                     "state", node);
      return;
    }
    // The last folder is made when it is needed; a longer missing path is rather a mistyped one.
    if (!there && !Exists(above)) {
      context_.Error("no such directory",
                     "neither \"" + directory + "\" nor \"" + above + "\" exists", "state", node,
                     "mkdir -p " + directory);
      return;
    }
    if (IsNetworkFileSystem(there ? directory : above)) {
      context_.Error("state on a network file system",
                     "\"" + directory + "\": SQLite's locks do not hold there", "state", node,
                     "choose a folder on a local disk");
    }
  }

  void ReadPatterns(const YamlNode* node) {
    if (node != nullptr) {
      for (std::size_t i = 0; i < node->items.size(); ++i) {
        std::string path = context_.Resolve(node->items[i].scalar);
        if (!Exists(path)) {
          context_.Warning("pattern directory not found", "there is no \"" + path + "\"",
                           "patterns[" + std::to_string(i) + "]", node->items[i]);
        }
        config_.patterns.push_back(std::move(path));
      }
    }
    const std::string& shipped = request_.shipped_patterns;
    const bool listed = std::find(config_.patterns.begin(), config_.patterns.end(), shipped) !=
                        config_.patterns.end();
    if (!shipped.empty() && !listed) config_.patterns.push_back(shipped);
  }

  /// A source that feeds an environment nobody configured is rather a mistyped one.
  void CheckEnvironments() {
    if (config_.environments.empty()) return;
    std::vector<std::string> names;
    for (const auto& [name, spec] : config_.environments) names.push_back(name);
    for (const SourceSpec& source : config_.sources) {
      if (config_.environments.count(source.environment) != 0) continue;
      context_.Report(Severity::kWarning, "environment without configuration",
                      "source \"" + source.name + "\" feeds \"" + source.environment +
                          "\", which environments: does not have; defaults hold",
                      "environments." + source.environment, source.location,
                      SuggestName(source.environment, names));
    }
  }

  const ConfigRequest& request_;
  ConfigContext context_;
  Config config_;
};

Result<ConfigReading> ReadFile(const ConfigRequest& request, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  YamlLimits limits;
  limits.bytes = kConfigBytes;
  limits.nodes = 2'000'000;
  Result<YamlNode> root = ParseYaml(text, path, limits);
  if (!root) {
    Error error = std::move(root).error();
    const std::size_t content = text.find_first_not_of(" \t\r\n");
    if (content == std::string::npos) {
      error.diagnostics.front().hint =
          "keys are sources, environments, patterns, state, server and limits; none is required, "
          "but a file needs at least one: sources: []";
    }
    return error;
  }
  Diagnostics problems =
      CheckShape(*root, ReconcilerShape(), path, ShapeOptions{"", std::string(kReference)});
  return ConfigBuilder(request, path).Build(*root, std::move(problems));
}

ConfigReading EmbeddedDefaults(const ConfigRequest& request) {
  ConfigReading reading;
  EnvironmentSpec environment;
  environment.name = "default";
  reading.config.environments["default"] = environment;
  if (!request.shipped_patterns.empty()) reading.config.patterns = {request.shipped_patterns};
  return reading;
}

Status DecideState(const ConfigRequest& request, Config& config) {
  std::string directory = request.state_dir;
  if (directory.empty()) directory = Variable(request, "TFGRID_COMPOSE_STATE_DIR");
  if (!directory.empty()) {
    config.state_dir = Absolute(directory, request.working_directory);
    config.state_url.clear();  // The database moves along: one lock, one database.
  }
  if (config.state_dir.empty() && request.root) config.state_dir = "/var/lib/tfgrid-compose";
  if (config.state_dir.empty()) {
    const std::string base = UserDirectory(request, "XDG_STATE_HOME", ".local/state");
    if (base.empty()) {
      return MakeError(ErrorKind::kInvalid, "no place for the state",
                       "neither HOME nor XDG_STATE_HOME is set", "--state-dir DIR");
    }
    config.state_dir = base + "/tfgrid-compose";
  }
  if (config.state_url.empty()) {
    config.state_url = std::string(kSqlite) + config.state_dir + "/" + std::string(kDatabaseName);
  }
  return {};
}

/// A mistyped TFGRID_COMPOSE_… would be ignored without a word otherwise.
void CheckVariables(const ConfigRequest& request, Diagnostics& warnings) {
  const std::vector<std::string> known{"TFGRID_COMPOSE_CONFIG", "TFGRID_COMPOSE_STATE_DIR"};
  for (const auto& [name, value] : request.environment) {
    if (name.substr(0, 15) != "TFGRID_COMPOSE_") continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = NearestName(name.substr(15), {"CONFIG", "STATE_DIR"});
    if (!nearest) continue;
    warnings.push_back(Diagnostic{Severity::kWarning, "variable without effect",
                                  "nothing reads the environment variable \"" + name + "\"", name,
                                  Location{}, "did you mean TFGRID_COMPOSE_" + *nearest + "?"});
  }
}

}  // namespace

Result<ConfigReading> ReadConfig(const ConfigRequest& request) {
  ConfigReading reading;
  if (const std::optional<FoundFile> file = FindFile(request)) {
    ASSIGN_OR_RETURN(reading, ReadFile(request, file->path));
  } else {
    reading = EmbeddedDefaults(request);
  }
  RETURN_IF_ERROR(DecideState(request, reading.config));
  CheckVariables(request, reading.warnings);
  return reading;
}

}  // namespace gitops

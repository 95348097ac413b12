// Manifest: one tfgrid-compose.yaml, parsed and normalised. Both pattern spellings, every
// documented form and all units end up here as one shape; sources/manifest_parser.h makes it. Pure
// values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/model/health_probe.h"
#include "engine/model/value.h"

namespace gitops {

/// One of the scripts an app brings: setup, configure, healthcheck, teardown.
struct ManifestHook {
  std::string script;               ///< Path from the app's directory, e.g. "deployment/setup.sh".
  std::vector<std::string> inputs;  ///< Globs that narrow what re-runs it; empty: the default rule.
  std::optional<std::chrono::seconds> timeout;
  bool optional = false;  ///< A failure is a warning (`hook_config.configure.optional`).
  bool declared = false;  ///< Written in the manifest, so a missing file is an error.
  Location location;
};

struct EnvironmentEntry {
  std::string name;
  std::string description;
  bool required = false;
  bool secret = false;
  std::optional<std::string> default_value;
  std::vector<std::string> options;
  std::map<std::string, std::string> depends_on;  ///< Other variable → value that makes it apply.
  Location location;
};

/// `commands.<name>`: something to run on the app's host with `run APP NAME`.
struct ManifestCommand {
  std::string script;  ///< Absolute path on the host, may carry arguments.
  std::string description;
  std::string args;
  bool allocate_tty = true;
  Location location;
};

struct ManifestPort {
  int port = 0;
  std::string label;
  Location location;
};

/// A value that patterns may take, by its normalised path: "resources.cpu.recommended",
/// "resources.vm.memory" (MB), "config.disk" (already GB), "nodes.backend", "network.provision".
struct ManifestValue {
  Value value;
  Location location;
  /// The unit could be MB or GB and nothing says which: using the value blocks the app.
  bool ambiguous_unit = false;
};

struct Manifest {
  std::string name;
  std::string version;  ///< Text as written: 1.10 stays "1.10".
  std::string description;
  std::string pattern;                          ///< From either spelling.
  std::vector<std::string> supported_patterns;  ///< Empty: just `pattern`.
  std::string provider;                         ///< Empty: the environment decides.

  std::optional<ManifestHook> setup;
  std::optional<ManifestHook> configure;
  std::optional<ManifestHook> healthcheck;
  std::optional<ManifestHook> teardown;

  std::string env_file;  ///< Path from the app's directory; "" when not declared.
  std::vector<EnvironmentEntry> environment;
  std::map<std::string, ManifestCommand> commands;
  std::vector<std::string> depends_on;    ///< "name" or "environment/name", sorted.
  std::vector<std::string> dependencies;  ///< "system:curl", "external:docker>=20": setup inputs.
  std::vector<HealthProbe> healthchecks;
  std::vector<ManifestPort> ports;

  std::map<std::string, ManifestValue, std::less<>> values;  ///< What patterns read, by path.
  std::map<std::string, Location, std::less<>> locations;    ///< Where each top-level key stands.
};

/// File names that hold a manifest, in the order in which they are looked for.
inline constexpr std::string_view kManifestNames[] = {"tfgrid-compose.yaml", "tfgrid-compose.yml"};

/// A manifest and the problems that do not stop it: warnings and notes.
struct ParsedManifest {
  Manifest manifest;
  Diagnostics diagnostics;
};

}  // namespace gitops

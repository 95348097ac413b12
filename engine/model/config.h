// Config: reconciler.yaml, parsed and checked; engine/reconcile/config_reader.h makes it. Pure
// values.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/reporting.h"
#include "engine/model/server_spec.h"
#include "engine/model/source.h"
#include "engine/model/value.h"

namespace gitops {

enum class SyncPolicy {
  kAuto,    ///< Apply what Git says.
  kManual,  ///< Plan only; `reconcile APP` applies.
};

enum class OnFailure {
  kRollback,  ///< Return to the last healthy snapshot and reject the digest.
  kHold,      ///< Leave it as it is and wait for a person.
};

/// A value of `environment:`: literal text, or the place of a secret.
using VariableSource = std::variant<std::string, SecretRef>;

/// What an environment says about one app: overrides of what it says about all.
struct AppOverride {
  std::map<std::string, VariableSource> environment;
  std::map<std::string, Value> variables;
  std::optional<SyncPolicy> sync;
  std::optional<OnFailure> on_failure;
  std::optional<std::string> run_as;

  bool operator==(const AppOverride&) const = default;
};

struct EnvironmentSpec {
  std::string name;
  std::string provider = "local";
  SyncPolicy sync = SyncPolicy::kAuto;
  bool prune = false;
  int max_prune_percent = 20;  ///< Of a source's apps in one pass; at least one app.
  OnFailure on_failure = OnFailure::kRollback;
  /// As whom programs of apps run on this machine: "engine", "app" (a user number of the app's
  /// own), or the name of an account.
  std::string run_as = "engine";
  bool allow_sudo = false;  ///< Hooks may gain rights by setuid programs.
  std::map<std::string, VariableSource> environment;
  std::map<std::string, Value> variables;   ///< Pattern variables for every app.
  std::map<std::string, AppOverride> apps;  ///< By app name.
  Location location;

  bool operator==(const EnvironmentSpec&) const = default;
};

struct Limits {
  int parallel_apps = 8;
  int parallel_fetches = 8;
  int keep_snapshots = 10;
  std::chrono::seconds step_timeout{1800};
  std::chrono::seconds hook_timeout{900};
  std::chrono::seconds stop_grace{10};
  std::int64_t run_log_bytes = 10LL * 1024 * 1024;
  std::int64_t repository_bytes = 4LL * 1024 * 1024 * 1024;
  // Of one app on this machine.
  int app_processes = 1024;
  int app_open_files = 65'536;
  std::int64_t app_file_bytes = 64LL * 1024 * 1024 * 1024;
  std::int64_t app_memory_bytes = 0;  ///< 0: none.
  std::int64_t app_disk_bytes = 64LL * 1024 * 1024 * 1024;
  std::int64_t app_files = 1'000'000;

  bool operator==(const Limits&) const = default;
};

/// The user numbers that apps get with `runAs: app`, both included.
struct AppUsers {
  std::uint32_t from = 70'000;
  std::uint32_t to = 99'999;

  bool operator==(const AppUsers&) const = default;
};

struct Config {
  std::string file;  ///< Where it was read; "" for the embedded defaults.
  std::string state_dir;
  std::string state_url;  ///< "sqlite:///…"
  ServerSpec server;
  std::vector<SourceSpec> sources;
  std::map<std::string, EnvironmentSpec> environments;
  std::vector<std::string> patterns;  ///< Directories that hold pattern directories, in order.
  Limits limits;
  AppUsers app_users;
  LogSpec log;
  std::vector<NotificationTarget> notifications;
  OtlpSpec otlp;

  bool operator==(const Config&) const = default;

  /// The environment called `name`; embedded defaults for one that is not configured.
  EnvironmentSpec Environment(const std::string& name) const {
    const auto found = environments.find(name);
    if (found != environments.end()) return found->second;
    EnvironmentSpec spec;
    spec.name = name;
    return spec;
  }
};

}  // namespace gitops

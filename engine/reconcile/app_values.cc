#include "engine/reconcile/app_values.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/digest.h"

namespace gitops {
namespace {

using Sources = std::map<std::string, VariableSource>;

const VariableSource* Find(const Sources& sources, const std::string& name) {
  const auto found = sources.find(name);
  return found == sources.end() ? nullptr : &found->second;
}

Result<Secret> ReadSource(const VariableSource& source, SecretReader& secrets) {
  if (const auto* ref = std::get_if<SecretRef>(&source)) return secrets.Read(*ref);
  return Secret(std::get<std::string>(source));
}

/// The value of one variable, or nothing when it has none.
Result<std::optional<AppVariable>> Resolve(const EnvironmentEntry& entry,
                                           const AppValuesRequest& request, SecretReader& secrets) {
  AppVariable variable;
  variable.name = entry.name;
  variable.secret = entry.secret;
  const VariableSource* configured = nullptr;
  const auto override = request.environment.apps.find(request.manifest.name);
  if (override != request.environment.apps.end()) {
    configured = Find(override->second.environment, entry.name);
    variable.origin = "environments." + request.environment.name + ".apps." +
                      request.manifest.name + ".environment";
  }
  if (configured == nullptr) {
    configured = Find(request.environment.environment, entry.name);
    variable.origin = "environments." + request.environment.name + ".environment";
  }
  if (configured != nullptr) {
    auto value = ReadSource(*configured, secrets);
    if (!value) {
      return std::move(value).error().WithContext("value of " + entry.name + " in " +
                                                  variable.origin);
    }
    variable.value = *std::move(value);
    variable.secret = variable.secret || std::holds_alternative<SecretRef>(*configured);
    return std::optional(std::move(variable));
  }
  if (const auto found = request.env_file.find(entry.name); found != request.env_file.end()) {
    variable.value = Secret(found->second);
    variable.origin = "env_file " + request.manifest.env_file;
    return std::optional(std::move(variable));
  }
  if (entry.default_value && !entry.secret) {
    variable.value = Secret(*entry.default_value);
    variable.origin = "default";
    return std::optional(std::move(variable));
  }
  return std::optional<AppVariable>();
}

/// A variable with `depends_on` applies only when the named variables have the given values.
bool Applies(const EnvironmentEntry& entry, const std::map<std::string, AppVariable>& values) {
  return std::all_of(entry.depends_on.begin(), entry.depends_on.end(), [&](const auto& condition) {
    const auto found = values.find(condition.first);
    return found != values.end() && found->second.value.Reveal() == condition.second;
  });
}

Diagnostic Missing(const EnvironmentEntry& entry, const AppValuesRequest& request) {
  Diagnostic diagnostic;
  diagnostic.summary = "a required variable has no value";
  diagnostic.subject = "environment." + entry.name;
  diagnostic.detail = entry.name + " is required by the manifest and has no value in environment " +
                      request.environment.name;
  diagnostic.location = entry.location;
  const std::string place = "environments." + request.environment.name + ".apps." +
                            request.manifest.name + ".environment." + entry.name;
  diagnostic.hint = entry.secret ? "in reconciler.yaml set " + place + ": {file: /path/to/secret}"
                                 : "in reconciler.yaml set " + place + ": VALUE";
  return diagnostic;
}

Error NotAnOption(const EnvironmentEntry& entry, const AppVariable& variable) {
  Diagnostic diagnostic;
  diagnostic.summary = "a variable has a value that is not allowed";
  diagnostic.subject = "environment." + entry.name;
  diagnostic.detail = entry.name + " from " + variable.origin + " is not one of:";
  for (const std::string& option : entry.options) diagnostic.detail += " " + option;
  diagnostic.location = entry.location;
  diagnostic.hint = "use one of the options that the manifest declares";
  return Error(ErrorKind::kInvalid, std::move(diagnostic));
}

void AddSources(const Sources& sources, SecretReader& secrets, std::string_view key,
                DigestBuilder& digest) {
  digest.Add(static_cast<std::int64_t>(sources.size()));
  for (const auto& [name, source] : sources) {
    const auto value = ReadSource(source, secrets);
    const Sha256Bytes mac =
        HmacSha256(key, value ? value->Reveal() : std::string_view("unreadable"));
    digest.Add(name).Add(value ? "value" : "error").Add(ToHex(mac.data(), mac.size()));
  }
}

void AddVariables(const std::map<std::string, Value>& variables, DigestBuilder& digest) {
  digest.Add(static_cast<std::int64_t>(variables.size()));
  for (const auto& [name, value] : variables) digest.Add(name).Add(ToText(value));
}

}  // namespace

Result<AppVariables> ResolveAppVariables(const AppValuesRequest& request, SecretReader& secrets) {
  std::map<std::string, AppVariable> values;
  for (const EnvironmentEntry& entry : request.manifest.environment) {
    ASSIGN_OR_RETURN(auto variable, Resolve(entry, request, secrets));
    if (!variable) continue;
    const std::string_view text = variable->value.Reveal();
    if (!entry.options.empty() && !text.empty() &&
        std::find(entry.options.begin(), entry.options.end(), text) == entry.options.end()) {
      return NotAnOption(entry, *variable);
    }
    values.emplace(entry.name, *std::move(variable));
  }
  AppVariables result;
  for (const EnvironmentEntry& entry : request.manifest.environment) {
    if (entry.required && !values.contains(entry.name) && Applies(entry, values)) {
      result.missing.push_back(Missing(entry, request));
    }
  }
  for (auto& [name, variable] : values) result.values.push_back(std::move(variable));
  return result;
}

std::string EnvironmentDigest(const EnvironmentSpec& environment, SecretReader& secrets,
                              std::string_view digest_key) {
  DigestBuilder digest;
  digest.Add(environment.provider).Add(static_cast<std::int64_t>(environment.sync));
  digest.Add(environment.prune ? "prune" : "keep").Add(environment.max_prune_percent);
  AddSources(environment.environment, secrets, digest_key, digest);
  AddVariables(environment.variables, digest);
  for (const auto& [name, override] : environment.apps) {
    digest.Add(name);
    AddSources(override.environment, secrets, digest_key, digest);
    AddVariables(override.variables, digest);
    digest.Add(override.sync ? static_cast<std::int64_t>(*override.sync) : -1);
  }
  return digest.Hex();
}

}  // namespace gitops

// A manifest as stable text, every field of it, for golden files and for "is it the same?".
#pragma once

#include <string>

#include "engine/model/manifest.h"

namespace gitops {

namespace dump {

inline std::string At(const Location& location, bool places) {
  return places ? " @" + std::to_string(location.line) + ":" + std::to_string(location.column) : "";
}

inline std::string List(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() > 1 ? ", " : "") + item;
  return text + "]";
}

inline std::string Hook(const std::string& name, const std::optional<ManifestHook>& hook,
                        bool places) {
  if (!hook) return "hook " + name + ": none\n";
  std::string text = "hook " + name + ": " + hook->script;
  if (hook->declared) text += " declared";
  if (hook->optional) text += " optional";
  if (!hook->inputs.empty()) text += " inputs=" + List(hook->inputs);
  if (hook->timeout) text += " timeout=" + std::to_string(hook->timeout->count()) + "s";
  return text + At(hook->location, places) + "\n";
}

inline std::string Probe(const HealthProbe& probe) {
  static constexpr const char* kKinds[] = {"http", "tcp", "command"};
  return std::string("healthcheck ") + kKinds[static_cast<int>(probe.kind)] + " " + probe.target +
         " status=" + std::to_string(probe.expected_status) +
         " interval=" + std::to_string(probe.interval.count()) +
         "ms timeout=" + std::to_string(probe.timeout.count()) +
         "ms retries=" + std::to_string(probe.retries) +
         " successes=" + std::to_string(probe.successes) + "\n";
}

inline std::string Variable(const EnvironmentEntry& entry, bool places) {
  std::string text = "environment " + entry.name;
  if (entry.required) text += " required";
  if (entry.secret) text += " secret";
  if (entry.default_value) text += " default=\"" + *entry.default_value + "\"";
  if (!entry.options.empty()) text += " options=" + List(entry.options);
  for (const auto& [name, value] : entry.depends_on) text += " if " + name + "=" + value;
  if (!entry.description.empty()) text += " # " + entry.description;
  return text + At(entry.location, places) + "\n";
}

}  // namespace dump

/// Every field of `manifest`, one a line. With `places` also where values stand.
inline std::string DumpManifest(const Manifest& manifest, bool places) {
  std::string text = "name: " + manifest.name + "\nversion: " + manifest.version +
                     "\ndescription: " + manifest.description + "\npattern: " + manifest.pattern +
                     " of " + dump::List(manifest.supported_patterns) +
                     "\nprovider: " + manifest.provider + "\nenv_file: " + manifest.env_file + "\n";
  text += dump::Hook("setup", manifest.setup, places);
  text += dump::Hook("configure", manifest.configure, places);
  text += dump::Hook("healthcheck", manifest.healthcheck, places);
  text += dump::Hook("teardown", manifest.teardown, places);
  for (const auto& entry : manifest.environment) text += dump::Variable(entry, places);
  for (const auto& [name, command] : manifest.commands) {
    text += "command " + name + ": " + command.script + " args=\"" + command.args + "\"" +
            (command.allocate_tty ? "" : " no-tty") + " # " + command.description +
            dump::At(command.location, places) + "\n";
  }
  text += "depends_on: " + dump::List(manifest.depends_on) + "\n";
  text += "dependencies: " + dump::List(manifest.dependencies) + "\n";
  for (const HealthProbe& probe : manifest.healthchecks) text += dump::Probe(probe);
  for (const ManifestPort& port : manifest.ports) {
    text += "port " + std::to_string(port.port) + " " + port.label +
            dump::At(port.location, places) + "\n";
  }
  for (const auto& [path, value] : manifest.values) {
    text += "value " + path + " = " + ToText(value.value) + " (" +
            std::string(TypeName(value.value)) + ")" + (value.ambiguous_unit ? " AMBIGUOUS" : "") +
            dump::At(value.location, places) + "\n";
  }
  for (const auto& [key, location] : manifest.locations) {
    text += "key " + key + dump::At(location, places) + "\n";
  }
  return text;
}

}  // namespace gitops

// Commands, dependencies, health checks and ports of a manifest.
#include <algorithm>
#include <map>

#include "engine/model/app_id.h"
#include "sources/manifest_draft.h"
#include "sources/manifest_rules.h"

namespace gitops {
namespace {

void ReadExternal(const YamlNode& item, std::vector<std::string>& dependencies) {
  if (item.IsScalar()) dependencies.push_back("external:" + item.scalar);
  for (const YamlNode::Member& member : item.members) {
    if (member.value.IsScalar()) {
      dependencies.push_back("external:" + member.key + member.value.scalar);
    }
  }
}

void ReadAppDependencies(ManifestDraft& draft) {
  const YamlNode* list = draft.root.Find("depends_on");
  if (list == nullptr) return;
  std::map<std::string, int> lines;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& item = list->items[i];
    const std::string path = "depends_on[" + std::to_string(i) + "]";
    if (!item.IsScalar() || !CheckDependencyRule(item.scalar).empty()) continue;
    if (item.scalar == draft.manifest.name) {
      draft.Report(Severity::kError, "app depends on itself",
                   draft.manifest.name + " -> " + item.scalar, path, item, "remove the entry");
      continue;
    }
    const auto [known, added] = lines.emplace(item.scalar, item.line);
    if (!added) {
      draft.Report(Severity::kWarning, "duplicate dependency",
                   item.scalar + " stands on line " + std::to_string(known->second) +
                       " and again on line " + std::to_string(item.line),
                   path, item, "keep one of the two");
      continue;
    }
    draft.manifest.depends_on.push_back(item.scalar);
  }
  std::sort(draft.manifest.depends_on.begin(), draft.manifest.depends_on.end());
}

struct ProbeKey {
  const char* key;
  ProbeKind kind;
};

constexpr ProbeKey kProbeKeys[] = {
    {"http", ProbeKind::kHttp}, {"tcp", ProbeKind::kTcp}, {"command", ProbeKind::kCommand}};

/// "5432" and ":5432" mean this machine.
std::string ProbeAddress(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return "localhost:" + text;
  return colon == 0 ? "localhost" + text : text;
}

void ReadDurationAt(const YamlNode& item, std::string_view key, std::chrono::milliseconds& value) {
  const YamlNode* node = item.Find(key);
  if (node == nullptr) return;
  if (const auto reading = ReadDuration(*node)) value = *reading;
}

void ReadIntegerAt(const YamlNode& item, std::string_view key, int& value) {
  const YamlNode* node = item.Find(key);
  if (node == nullptr) return;
  const auto reading = ReadInteger(*node);
  if (reading && *reading >= 0 && *reading <= 1'000'000) value = static_cast<int>(*reading);
}

void ReadProbe(ManifestDraft& draft, const YamlNode& item, const std::string& path) {
  HealthProbe probe;
  int kinds = 0;
  for (const ProbeKey& candidate : kProbeKeys) {
    const YamlNode* target = item.Find(candidate.key);
    if (target == nullptr) continue;
    ++kinds;
    probe.kind = candidate.kind;
    probe.target = target->scalar;
  }
  if (kinds != 1) {
    draft.Report(Severity::kError, "health check without one kind",
                 kinds == 0 ? "one of http, tcp and command is needed"
                            : "only one of http, tcp and command is possible",
                 path, item, "write: http: http://localhost:8080/health");
    return;
  }
  if (probe.kind == ProbeKind::kTcp) probe.target = ProbeAddress(probe.target);
  if (probe.kind == ProbeKind::kCommand) probe.target = WithoutDotSlash(probe.target);
  ReadDurationAt(item, "interval", probe.interval);
  ReadDurationAt(item, "timeout", probe.timeout);
  ReadIntegerAt(item, "retries", probe.retries);
  ReadIntegerAt(item, "successes", probe.successes);
  ReadIntegerAt(item, "expected_status", probe.expected_status);
  const YamlNode* status = item.Find("expected_status");
  if (status != nullptr && probe.kind != ProbeKind::kHttp) {
    draft.Report(Severity::kError, "key does not fit", "expected_status goes with http only",
                 path + ".expected_status", *status, "remove it");
  } else if (status != nullptr && probe.expected_status > 0 && probe.expected_status < 100) {
    draft.Report(Severity::kError, "value out of range", "an HTTP status is 100 to 599, or 0",
                 path + ".expected_status", *status);
  }
  draft.manifest.healthchecks.push_back(std::move(probe));
}

}  // namespace

void ReadCommands(ManifestDraft& draft) {
  const YamlNode* commands = draft.root.Find("commands");
  if (commands == nullptr) return;
  for (const YamlNode::Member& member : commands->members) {
    if (!member.value.IsMap() || member.key.substr(0, 2) == "x-") continue;
    ManifestCommand& command = draft.manifest.commands[member.key];
    command.location = Location{std::string(draft.file), member.line, member.column};
    command.script = draft.TextAt(&member.value, "script");
    command.description = draft.TextAt(&member.value, "description");
    command.args = draft.TextAt(&member.value, "args");
    command.allocate_tty = draft.BoolAt(&member.value, "allocate_tty", true);
    const auto& built_in = draft.context.built_in_commands;
    if (std::find(built_in.begin(), built_in.end(), member.key) == built_in.end()) continue;
    draft.diagnostics.push_back(Diagnostic{
        Severity::kNote, "command named like a built-in one",
        "\"" + member.key + "\" is also a command of tfgrid-compose; this one is reached with run",
        "commands." + member.key, command.location,
        "tfgrid-compose run " + draft.manifest.name + " " + member.key});
  }
}

void ReadDependencies(ManifestDraft& draft) {
  ReadAppDependencies(draft);
  const YamlNode* dependencies = draft.root.Find("dependencies");
  std::vector<std::string>& result = draft.manifest.dependencies;
  if (const YamlNode* list = draft.Find(dependencies, "system")) {
    for (const std::string& name : ReadTextList(*list)) result.push_back("system:" + name);
  }
  if (const YamlNode* list = draft.Find(dependencies, "external")) {
    for (const YamlNode& item : list->items) ReadExternal(item, result);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
}

void ReadHealthchecks(ManifestDraft& draft) {
  const YamlNode* list = draft.root.Find("healthchecks");
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    if (!list->items[i].IsMap()) continue;
    ReadProbe(draft, list->items[i], "healthchecks[" + std::to_string(i) + "]");
  }
}

void ReadPorts(ManifestDraft& draft) {
  const YamlNode* list = draft.Find(draft.root.Find("resources"), "ports");
  if (list == nullptr) return;
  std::map<int, int> lines;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& item = list->items[i];
    if (!item.IsScalar() || !CheckPortRule(item.scalar).empty()) continue;
    ManifestPort port;
    port.port = PortOf(item.scalar);
    const std::size_t colon = item.scalar.find(':');
    if (colon != std::string::npos) port.label = item.scalar.substr(colon + 1);
    port.location = item.At(draft.file);
    const auto [known, added] = lines.emplace(port.port, item.line);
    if (!added) {
      draft.Report(Severity::kError, "duplicate port",
                   "port " + std::to_string(port.port) + " twice: on line " +
                       std::to_string(known->second) + " and on line " + std::to_string(item.line),
                   "resources.ports[" + std::to_string(i) + "]", item, "keep one of the two");
      continue;
    }
    draft.manifest.ports.push_back(std::move(port));
  }
}

}  // namespace gitops

// The declared environment of a manifest. Values of secrets never get into a message or the model.
#include <algorithm>
#include <map>

#include "engine/base/suggest.h"
#include "sources/manifest_draft.h"
#include "sources/manifest_rules.h"

namespace gitops {
namespace {

/// An unreadable `secret:` counts as true: nothing that may be a secret is shown.
bool IsSecret(const YamlNode& item) {
  const YamlNode* node = item.Find("secret");
  if (node == nullptr) return false;
  const auto reading = ReadBoolean(*node);
  return !reading || *reading;
}

void CheckDefault(ManifestDraft& draft, const EnvironmentEntry& entry, const YamlNode& node,
                  const std::string& path) {
  const std::string& value = *entry.default_value;
  // The table has reported longer values.
  if (entry.name.size() + value.size() + 2 > kLongestVariable && value.size() <= kLongestVariable) {
    draft.Report(Severity::kError, "value too large",
                 "name and value have " + std::to_string(entry.name.size() + value.size() + 2) +
                     " bytes: too large, the system passes at most " +
                     std::to_string(kLongestVariable),
                 path, node, "put the text into a file of the app");
  }
  if (entry.options.empty() ||
      std::find(entry.options.begin(), entry.options.end(), value) != entry.options.end()) {
    return;
  }
  std::string options;
  for (const std::string& option : entry.options) options += (options.empty() ? "" : ", ") + option;
  draft.Report(Severity::kError, "default not among the options",
               entry.secret ? std::string("the default is not one of the options")
                            : QuoteShort(value) + " is not one of the options: " + options,
               path, node);
}

EnvironmentEntry ReadEntry(ManifestDraft& draft, const YamlNode& item, const std::string& path) {
  EnvironmentEntry entry;
  entry.location = item.At(draft.file);
  if (const YamlNode* name = item.Find("name")) entry.location = name->At(draft.file);
  entry.name = draft.TextAt(&item, "name");
  entry.description = draft.TextAt(&item, "description");
  entry.required = draft.BoolAt(&item, "required", false);
  entry.secret = IsSecret(item);
  if (const YamlNode* options = item.Find("options"); options != nullptr && options->IsList()) {
    entry.options = ReadTextList(*options);
  }
  if (const YamlNode* depends_on = item.Find("depends_on")) {
    for (const YamlNode::Member& member : depends_on->members) {
      if (member.value.IsScalar()) entry.depends_on[member.key] = member.value.scalar;
    }
  }
  const YamlNode* value = item.Find("default");
  if (value == nullptr || !value->IsScalar()) return entry;
  entry.default_value = value->scalar;
  CheckDefault(draft, entry, *value, path + ".default");
  if (entry.secret) {
    entry.default_value.reset();
    draft.Report(Severity::kWarning, "secret with a default",
                 "a value in Git is no secret; it is ignored, and " + entry.name +
                     " gets its value from the environment's configuration",
                 path + ".default", *value, "remove the default, and change it where it is in use");
  }
  return entry;
}

void CheckDependencies(ManifestDraft& draft, const std::map<std::string, int>& lines) {
  constexpr int kMostWarnings = 20;  // Each looks for the nearest name.
  int warnings = 0;
  std::vector<std::string> names;
  for (const auto& [name, line] : lines) names.push_back(name);
  for (const EnvironmentEntry& entry : draft.manifest.environment) {
    for (const auto& [name, value] : entry.depends_on) {
      if (lines.count(name) != 0 || ++warnings > kMostWarnings) continue;
      draft.diagnostics.push_back(Diagnostic{
          Severity::kWarning, "depends on an unknown variable",
          entry.name + " depends on " + QuoteShort(name) + ", which is not declared",
          "environment." + entry.name + ".depends_on", entry.location, SuggestName(name, names)});
    }
  }
}

}  // namespace

void ReadEnvironment(ManifestDraft& draft) {
  const YamlNode* list = draft.root.Find("environment");
  if (list == nullptr) return;
  std::map<std::string, int> lines;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& item = list->items[i];
    const std::string path = "environment[" + std::to_string(i) + "]";
    EnvironmentEntry entry = ReadEntry(draft, item, path);
    if (entry.name.empty()) continue;
    const auto [known, added] = lines.emplace(entry.name, entry.location.line);
    if (!added) {
      draft.Report(Severity::kError, "duplicate variable",
                   entry.name + " is declared on line " + std::to_string(known->second) +
                       " and again on line " + std::to_string(entry.location.line),
                   path + ".name", *item.Find("name"), "keep one of the two");
      continue;
    }
    if (entry.required && !entry.default_value) {
      draft.Report(Severity::kNote, "value needed",
                   entry.name + " is required and has no default: the environment has to set it",
                   path, item, "set it in reconciler.yaml: environments.NAME.environment");
    }
    draft.manifest.environment.push_back(std::move(entry));
  }
  CheckDependencies(draft, lines);
}

}  // namespace gitops

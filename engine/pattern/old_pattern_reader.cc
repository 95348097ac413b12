// The old generation of pattern.yaml (no apiVersion), as the bash tool read it: OpenTofu files in
// infrastructure/, a playbook platform/site.yml, and `defaults` for one machine or per role. It
// becomes the provider "grid". Its variables have the names that its OpenTofu files declare.
#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/suggest.h"
#include "engine/model/app_id.h"
#include "engine/pattern/pattern_reader.h"
#include "engine/pattern/pattern_shape.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

constexpr std::string_view kPlaybook = "platform/site.yml";

// Keys with meaning, and those that the format has but nothing ever read.
constexpr std::array<std::string_view, 4> kRead{"name", "version", "description", "defaults"};
constexpr std::array<std::string_view, 7> kUnread{
    "provides", "requires", "commands", "infrastructure", "platform", "stages", "network"};
constexpr std::array<std::string_view, 5> kDescriptive{"features", "author", "license", "tags",
                                                       "metadata"};

/// One resource of a machine: its names, and what the grid allows (a deployment's limits).
struct Resource {
  std::string_view key;       // In pattern.yaml and the manifest.
  std::string_view variable;  // Suffix of the variable.
  std::string_view unit;
  std::int64_t min;
  std::int64_t max;
};
constexpr std::array<Resource, 3> kResources{{
    {"cpu", "cpu", "cores", 1, 32},
    {"memory", "mem", "MB", 256, 262'144},
    {"disk", "disk", "GB", 1, 10'240},
}};

/// A role that manifests and OpenTofu files call differently.
struct Role {
  std::string_view variable;                 // Prefix of its variables.
  std::array<std::string_view, 3> manifest;  // What manifests call it.
};
constexpr std::array<Role, 3> kRoles{{
    {"internal", {"backend", "internal", "backends"}},
    {"control", {"master", "masters", "control"}},
    {"worker", {"worker", "workers", ""}},
}};

const Role* FindRole(std::string_view name) {
  for (const Role& role : kRoles) {
    if (std::find(role.manifest.begin(), role.manifest.end(), name) != role.manifest.end()) {
      return &role;
    }
  }
  return nullptr;
}

std::string VariableRole(const std::string& name) {
  if (name.empty()) return "vm";
  if (const Role* role = FindRole(name)) return std::string(role->variable);
  std::string text = name;
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

/// The names of the role in manifests, its own first.
std::vector<std::string> ManifestRoles(const std::string& name) {
  std::vector<std::string> names{name.empty() ? "vm" : name};
  if (name.empty()) return names;
  const Role* role = FindRole(name);
  if (role == nullptr) return names;
  for (const std::string_view other : role->manifest) {
    if (!other.empty() && other != name) names.emplace_back(other);
  }
  return names;
}

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

class Reader {
 public:
  Reader(const PatternSource& source, Diagnostics& problems)
      : source_(source), problems_(problems) {}

  Result<Pattern> Run() {
    if (!source_.root.IsMap()) {
      Report(Severity::kError, "wrong type",
             "mapping expected, found " + DescribeNode(source_.root), "", At(source_.root),
             "docs/patterns.md describes the format");
      return std::move(pattern_);
    }
    CheckKeys();
    ReadHead();
    if (const YamlNode* defaults = source_.root.Find("defaults")) ReadDefaults(*defaults);
    AddNetworkVariables();
    pattern_.hosts.push_back({"host", ""});
    RETURN_IF_ERROR(AddProvider());
    return std::move(pattern_);
  }

 private:
  Location At(const YamlNode& node) const { return node.At(source_.file); }

  void Report(Severity severity, std::string summary, std::string detail, std::string subject,
              Location place, std::string hint) {
    problems_.push_back({severity, std::move(summary), std::move(detail), std::move(subject),
                         std::move(place), std::move(hint)});
  }

  void CheckKeys() {
    std::vector<std::string> known;
    for (const std::string_view key : kRead) known.emplace_back(key);
    for (const std::string_view key : kUnread) known.emplace_back(key);
    for (const YamlNode::Member& member : source_.root.members) {
      const std::string_view key = member.key;
      if (Holds(kRead, key) || Holds(kDescriptive, key) || key.substr(0, 2) == "x-") continue;
      const Location place{std::string(source_.file), member.line, member.column};
      if (Holds(kUnread, key)) {
        Report(Severity::kNote, "key without effect",
               "nothing reads it; files and directories decide what runs", member.key, place, "");
      } else {
        Report(Severity::kNote, "unknown key",
               QuoteShort(key) + " is no key of the format without apiVersion", member.key, place,
               SuggestName(key, known));
      }
    }
  }

  std::string Text(std::string_view key, bool required) {
    const YamlNode* node = source_.root.Find(key);
    if (node != nullptr && node->IsScalar()) return node->scalar;
    if (node != nullptr || required) {
      Report(Severity::kError, node == nullptr ? "key missing" : "wrong type",
             node == nullptr ? "\"" + std::string(key) + "\" is required"
                             : "text expected, found " + DescribeNode(*node),
             std::string(key), At(node == nullptr ? source_.root : *node), "");
    }
    return "";
  }

  void ReadHead() {
    pattern_.name = Text("name", true);
    pattern_.version = Text("version", true);
    pattern_.description = Text("description", false);
    if (pattern_.name.empty() || IsValidName(pattern_.name)) return;
    Report(Severity::kError, "value not allowed", "a name has " + std::string(kNameRule), "name",
           At(*source_.root.Find("name")), "");
  }

  /// Either {cpu, memory, disk} for the one machine, or the same per role, with a count.
  void ReadDefaults(const YamlNode& defaults) {
    if (!defaults.IsMap() && !defaults.IsNull()) {
      Report(Severity::kError, "wrong type", "mapping expected, found " + DescribeNode(defaults),
             "defaults", At(defaults), "");
      return;
    }
    const bool single = std::any_of(
        kResources.begin(), kResources.end(),
        [&defaults](const Resource& resource) { return defaults.Find(resource.key) != nullptr; });
    if (single) {
      ReadMachine(defaults, "");
      return;
    }
    for (const YamlNode::Member& member : defaults.members) {
      if (member.value.IsMap()) ReadMachine(member.value, member.key);
    }
  }

  void ReadMachine(const YamlNode& node, const std::string& role) {
    const std::string prefix = VariableRole(role);
    for (const Resource& resource : kResources) {
      const YamlNode* value = node.Find(resource.key);
      if (value == nullptr) continue;
      const std::string key(resource.key);
      PatternVariable variable =
          Integer(prefix + "_" + std::string(resource.variable), *value, role);
      variable.unit = std::string(resource.unit);
      variable.min = resource.min;
      variable.max = resource.max;
      for (const std::string& name : ManifestRoles(role)) {
        variable.from.push_back("resources." + name + "." + key);
      }
      if (role.empty()) {
        for (const std::string& more :
             {"resources." + key + ".recommended", "resources." + key, "config." + key}) {
          variable.from.push_back(more);
        }
        variable.minimum_from = {"resources." + key + ".min"};
      }
      Add(std::move(variable));
    }
    AddNodes(node, role, prefix);
  }

  /// Which nodes of the grid, and how many machines of a role.
  void AddNodes(const YamlNode& node, const std::string& role, const std::string& prefix) {
    PatternVariable place;
    place.name = prefix + "_node";
    place.type = VariableType::kInteger;
    place.description = "grid node";
    place.min = 1;
    place.location = At(node);
    for (const std::string& name : ManifestRoles(role)) place.from.push_back("nodes." + name);
    if (role.empty()) place.from.emplace_back("config.node");
    if (const YamlNode* count = node.Find("count")) {
      place.name += "s";
      place.type = VariableType::kIntegerList;
      PatternVariable variable = Integer(prefix + "_count", *count, role);
      variable.min = 0;
      for (const std::string& name : ManifestRoles(role)) {
        variable.from.push_back("nodes." + name + ".count");
        variable.from.push_back("resources." + name + ".count");
      }
      Add(std::move(variable));
    }
    Add(std::move(place));
  }

  PatternVariable Integer(std::string name, const YamlNode& value, const std::string& role) {
    PatternVariable variable;
    variable.name = std::move(name);
    variable.type = VariableType::kInteger;
    variable.location = At(value);
    const Reading<std::int64_t> number = ReadInteger(value);
    if (number) {
      variable.default_value.emplace(std::in_place_type<std::int64_t>, *number);
    } else {
      Report(Severity::kError, "wrong type", number.problem,
             "defaults" + (role.empty() ? "" : "." + role), At(value), number.hint);
    }
    return variable;
  }

  void Add(PatternVariable variable) {
    if (variable.phases.empty()) variable.phases = {Phase::kInfrastructure};
    const auto same = [&variable](const PatternVariable& other) {
      return other.name == variable.name;
    };
    if (!IsVariableName(variable.name)) return;
    if (std::any_of(pattern_.variables.begin(), pattern_.variables.end(), same)) return;
    pattern_.variables.push_back(std::move(variable));
  }

  void AddNetworkVariables() {
    PatternVariable provision;
    provision.name = "provision";
    provision.type = VariableType::kStringList;
    provision.description = "networks of the machines";
    provision.options = {"mycelium", "wireguard", "ipv4", "ipv6", "all"};
    provision.from = {"network.provision"};
    provision.default_value.emplace(std::vector<std::string>{"mycelium", "ipv4"});
    Add(std::move(provision));

    PatternVariable prefer;
    prefer.name = "prefer";
    prefer.type = VariableType::kStringList;
    prefer.description = "the order in which addresses are tried";
    prefer.from = {"network.prefer"};
    prefer.phases = {Phase::kNetwork};
    Add(std::move(prefer));
  }

  Status AddProvider() {
    PatternProvider grid;
    grid.name = "grid";
    PatternStep infrastructure{"host", "opentofu", "infrastructure", {}, {}, {}};
    ASSIGN_OR_RETURN(const auto main, source_.files.Find("infrastructure/main.tf"));
    if (!main) {
      Report(Severity::kError, "directory not found",
             "A pattern without apiVersion needs infrastructure/main.tf.", "infrastructure",
             At(source_.root),
             "add it, or write `apiVersion: " + std::string(kPatternApiVersion) +
                 "` and the providers");
    } else {
      RETURN_IF_ERROR(ResolveDirectory(source_.files, "infrastructure", At(source_.root),
                                       infrastructure, problems_));
    }
    grid.phases.emplace(Phase::kInfrastructure, std::move(infrastructure));
    grid.phases.emplace(Phase::kNetwork, PatternStep{"wireguard", "wireguard", "", {}, {}, {}});
    ASSIGN_OR_RETURN(const auto playbook, source_.files.Find(kPlaybook));
    if (playbook) {
      PatternStep platform{
          "playbook", "ansible", "platform", {{"playbook", std::string(kPlaybook)}}, {}, {}};
      RETURN_IF_ERROR(
          ResolveDirectory(source_.files, "platform", At(source_.root), platform, problems_));
      grid.phases.emplace(Phase::kPlatform, std::move(platform));
    }
    pattern_.providers.emplace(grid.name, std::move(grid));
    return {};
  }

  const PatternSource& source_;
  Diagnostics& problems_;
  Pattern pattern_;
};

}  // namespace

Result<Pattern> ReadOldPattern(const PatternSource& source, Diagnostics& problems) {
  return Reader(source, problems).Run();
}

}  // namespace gitops

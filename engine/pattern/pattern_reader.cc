#include "engine/pattern/pattern_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/pattern/pattern_shape.h"
#include "engine/pattern/variables.h"
#include "engine/yaml/scalars.h"
#include "engine/yaml/shape.h"

namespace gitops {
namespace {

bool IsExtension(std::string_view key) { return key.substr(0, 2) == "x-"; }

/// A YAML value as what it looks like; ConvertValue brings it to a variable's type.
std::optional<Value> ReadValue(const YamlNode& node) {
  if (node.IsScalar()) {
    if (const auto number = ReadInteger(node)) return Value(*number);
    if (const auto boolean = ReadBoolean(node)) return Value(*boolean);
    return Value(node.scalar);
  }
  if (!node.IsList()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items) {
    if (!item.IsScalar()) return std::nullopt;
    if (const auto number = ReadInteger(item)) numbers.push_back(*number);
    texts.push_back(item.scalar);
  }
  if (!texts.empty() && numbers.size() == texts.size()) return Value(std::move(numbers));
  return Value(std::move(texts));
}

class Reader {
 public:
  Reader(const PatternSource& source, Diagnostics& problems)
      : source_(source), problems_(problems) {}

  Result<Pattern> Run() {
    const YamlNode& root = source_.root;
    problems_ = Merge(std::move(problems_));
    pattern_.name = Text(root, "name");
    pattern_.version = Text(root, "version");
    pattern_.description = Text(root, "description");
    ReadVariables(root.Find("variables"));
    RETURN_IF_ERROR(ReadProviders(root.Find("providers")));
    ReadHosts(root.Find("hosts"));
    if (const YamlNode* outputs = root.Find("outputs")) {
      pattern_.required_outputs = Texts(*outputs, "required");
    }
    return std::move(pattern_);
  }

 private:
  /// Adds what the shape says; a missing apiVersion has been reported with its reason.
  Diagnostics Merge(Diagnostics known) const {
    ShapeOptions options;
    options.reference = "docs/patterns.md lists the keys";
    for (Diagnostic& problem : CheckShape(source_.root, PatternShape(), source_.file, options)) {
      const bool said = std::any_of(known.begin(), known.end(), [&](const Diagnostic& other) {
        return other.summary == problem.summary && other.subject == problem.subject;
      });
      if (!said) known.push_back(std::move(problem));
    }
    return known;
  }

  static std::string Text(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.Find(key);
    return node != nullptr && node->IsScalar() ? node->scalar : "";
  }

  static std::vector<std::string> Texts(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.Find(key);
    return node == nullptr ? std::vector<std::string>() : ReadTextList(*node);
  }

  static std::optional<std::int64_t> Integer(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.Find(key);
    return node == nullptr ? std::nullopt : ReadInteger(*node).value;
  }

  Location At(const YamlNode* node) const {
    return node == nullptr ? Location{std::string(source_.file), 0, 0} : node->At(source_.file);
  }

  void Problem(std::string summary, std::string detail, std::string subject, Location place,
               std::string hint) {
    problems_.push_back({Severity::kError, std::move(summary), std::move(detail),
                         std::move(subject), std::move(place), std::move(hint)});
  }

  void ReadVariables(const YamlNode* map) {
    if (map == nullptr) return;
    for (const YamlNode::Member& member : map->members) {
      if (IsExtension(member.key) || !member.value.IsMap()) continue;
      ReadVariable(member);
    }
  }

  void ReadVariable(const YamlNode::Member& member) {
    const YamlNode& node = member.value;
    PatternVariable variable;
    variable.name = member.key;
    variable.location = Location{std::string(source_.file), member.line, member.column};
    const std::string type = Text(node, "type");
    const auto* const word =
        std::find(std::begin(kVariableTypeWords), std::end(kVariableTypeWords), type);
    if (word == std::end(kVariableTypeWords)) return;  // The shape has reported it.
    variable.type = static_cast<VariableType>(word - std::begin(kVariableTypeWords));
    variable.unit = Text(node, "unit");
    variable.description = Text(node, "description");
    const YamlNode* required = node.Find("required");
    variable.required = required != nullptr && ReadBoolean(*required).value.value_or(false);
    variable.min = Integer(node, "min");
    variable.max = Integer(node, "max");
    variable.options = Texts(node, "options");
    variable.from = Texts(node, "from");
    variable.minimum_from = Texts(node, "minimum_from");
    for (const std::string& text : Texts(node, "phases")) {
      if (const auto phase = ParsePhase(text)) variable.phases.push_back(*phase);
    }
    if (variable.phases.empty()) variable.phases.push_back(Phase::kInfrastructure);
    CheckRules(variable, node);
    ReadDefault(variable, node.Find("default"));
    pattern_.variables.push_back(std::move(variable));
  }

  void CheckRules(const PatternVariable& variable, const YamlNode& node) {
    const std::string subject = "variables." + variable.name;
    const bool number =
        variable.type == VariableType::kInteger || variable.type == VariableType::kIntegerList;
    const bool text =
        variable.type == VariableType::kString || variable.type == VariableType::kStringList;
    for (const char* key : {"min", "max"}) {
      if (node.Find(key) != nullptr && !number) RuleWithoutUse(variable, key, node);
    }
    if (node.Find("minimum_from") != nullptr && variable.type != VariableType::kInteger) {
      RuleWithoutUse(variable, "minimum_from", node);
    }
    if (node.Find("options") != nullptr && !text) RuleWithoutUse(variable, "options", node);
    if (variable.min && variable.max && *variable.min > *variable.max) {
      Problem("bounds contradict each other",
              "min is " + std::to_string(*variable.min) + " and max is " +
                  std::to_string(*variable.max) + ", so no value is allowed.",
              subject, At(node.Find("min")), "swap them");
    }
  }

  void RuleWithoutUse(const PatternVariable& variable, const char* key, const YamlNode& node) {
    Problem("rule does not fit the type",
            std::string("\"") + key + "\" means nothing for the type " +
                std::string(ToString(variable.type)) + ".",
            "variables." + variable.name + "." + key, At(node.Find(key)),
            std::string("take \"") + key + "\" out or change the type");
  }

  void ReadDefault(PatternVariable& variable, const YamlNode* node) {
    if (node == nullptr || node->IsNull()) return;
    const std::string subject = "variables." + variable.name + ".default";
    const std::optional<Value> written = ReadValue(*node);
    const std::optional<Value> value =
        written ? ConvertValue(variable, *written) : std::optional<Value>();
    if (!value) {
      Problem("default has the wrong type",
              DescribeNode(*node) + " is no value of the type " +
                  std::string(ToString(variable.type)) + ".",
              subject, node->At(source_.file), "");
      return;
    }
    if (const std::string rule = BrokenRule(variable, *value); !rule.empty()) {
      Problem("default breaks the variable's own rule",
              "The default of \"" + variable.name + "\" is " + ToText(*value) + ".", subject,
              node->At(source_.file), rule);
      return;
    }
    variable.default_value = *value;
  }

  Status ReadProviders(const YamlNode* map) {
    if (map == nullptr) return {};
    if (map->IsMap() && map->members.empty()) NoProvider(*map);
    if (map->IsNull()) NoProvider(*map);
    for (const YamlNode::Member& member : map->members) {
      if (IsExtension(member.key) || !member.value.IsMap()) continue;
      PatternProvider provider;
      provider.name = member.key;
      for (const Phase phase : {Phase::kInfrastructure, Phase::kNetwork, Phase::kPlatform}) {
        const YamlNode* node = member.value.Find(ToString(phase));
        if (node == nullptr || !node->IsMap()) continue;
        ASSIGN_OR_RETURN(PatternStep step, ReadStep(provider.name, phase, *node));
        provider.phases.emplace(phase, std::move(step));
      }
      pattern_.providers.emplace(member.key, std::move(provider));
    }
    return {};
  }

  void NoProvider(const YamlNode& node) {
    Problem("too few items", "A pattern without a provider cannot run anything.", "providers",
            node.At(source_.file), "add: providers: {local: {infrastructure: {driver: local}}}");
  }

  Result<PatternStep> ReadStep(const std::string& provider, Phase phase, const YamlNode& node) {
    PatternStep step;
    step.driver = Text(node, "driver");
    step.step = Text(node, "step");
    if (step.step.empty()) step.step = DefaultName(phase, step.driver);
    const YamlNode* parameters = node.Find("parameters");
    if (parameters != nullptr) {
      for (const YamlNode::Member& member : parameters->members) {
        if (member.value.IsScalar()) step.parameters[member.key] = member.value.scalar;
      }
    }
    step.directory = Text(node, "directory");
    while (step.directory.size() > 1 && step.directory.back() == '/') step.directory.pop_back();
    if (step.directory.empty()) {
      ASSIGN_OR_RETURN(step.directory, DefaultDirectory(provider, phase, step.driver));
    }
    const YamlNode* directory = node.Find("directory");
    RETURN_IF_ERROR(ResolveDirectory(source_.files, Subject(provider, phase) + ".directory",
                                     At(directory == nullptr ? &node : directory), step,
                                     problems_));
    if (step.driver == "script") {
      RETURN_IF_ERROR(ReadScripts(Subject(provider, phase) + ".parameters", node, step));
    }
    return step;
  }

  static std::string Subject(const std::string& provider, Phase phase) {
    return "providers." + provider + "." + std::string(ToString(phase));
  }

  static std::string DefaultName(Phase phase, const std::string& driver) {
    if (phase == Phase::kInfrastructure) return "host";
    return driver == "ansible" ? "playbook" : driver;
  }

  /// `<phase>/<provider>/` when it is there; else `<phase>/`, which for infrastructure counts only
  /// for its one user, tofu.
  Result<std::string> DefaultDirectory(const std::string& provider, Phase phase,
                                       const std::string& driver) const {
    const std::string shared(ToString(phase));
    const std::string own = shared + "/" + provider;
    ASSIGN_OR_RETURN(const bool has_own, IsDirectory(source_.files, own));
    if (has_own) return own;
    if (phase == Phase::kInfrastructure) {
      if (driver != "opentofu") return std::string();
      ASSIGN_OR_RETURN(const auto main, source_.files.Find(shared + "/main.tf"));
      return main ? shared : std::string();
    }
    ASSIGN_OR_RETURN(const bool has_shared, IsDirectory(source_.files, shared));
    return has_shared ? shared : std::string();
  }

  /// The driver runs files of the pattern: `script`, and `destroy` when there is one.
  Status ReadScripts(const std::string& subject, const YamlNode& node, PatternStep& step) {
    if (step.parameters.count("script") == 0) {
      Problem("key missing", "The driver \"script\" needs the path of a script of the pattern.",
              subject + ".script", At(&node), "add: parameters: {script: platform/prepare.sh}");
    }
    for (const char* key : {"script", "destroy"}) {
      const auto parameter = step.parameters.find(key);
      if (parameter == step.parameters.end()) continue;
      const std::string& path = parameter->second;
      const Location place = At(node.Find("parameters")->Find(key));
      ASSIGN_OR_RETURN(const auto entry, FindScript(subject + "." + key, path, place));
      // What undoes the step is no reason to do it again.
      const bool inside = path.compare(0, step.directory.size() + 1, step.directory + "/") == 0;
      if (entry && !inside && parameter->first == "script") step.script = entry->id;
    }
    return {};
  }

  Result<std::optional<TreeEntry>> FindScript(const std::string& subject, const std::string& path,
                                              const Location& place) {
    std::optional<TreeEntry> entry;
    if (IsSafeRelativePath(path)) {
      ASSIGN_OR_RETURN(entry, source_.files.Find(path));
    }
    if (entry && (entry->kind == EntryKind::kFile || entry->kind == EntryKind::kExecutable)) {
      return entry;
    }
    Problem("script not found",
            "\"" + path + "\" is " +
                (entry ? std::string(ToString(entry->kind)) : "not a file of the pattern") + ".",
            subject, place, "write the path from the pattern's directory");
    return std::optional<TreeEntry>();
  }

  void ReadHosts(const YamlNode* list) {
    std::set<std::string> names;
    const std::vector<YamlNode> none;
    for (const YamlNode& node : list == nullptr ? none : list->items) {
      PatternHost host{Text(node, "name"), Text(node, "role")};
      if (host.name.empty()) continue;
      if (!names.insert(host.name).second) {
        Problem("host named twice", "Two hosts have the name \"" + host.name + "\".", "hosts",
                node.At(source_.file), "give each host a name of its own");
      }
      pattern_.hosts.push_back(std::move(host));
    }
    if (pattern_.hosts.empty()) pattern_.hosts.push_back({"host", ""});
  }

  const PatternSource& source_;
  Diagnostics& problems_;
  Pattern pattern_;
};

}  // namespace

Result<Pattern> ReadPattern(const PatternSource& source, Diagnostics& problems) {
  return Reader(source, problems).Run();
}

}  // namespace gitops

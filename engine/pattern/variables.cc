#include "engine/pattern/variables.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/suggest.h"

namespace gitops {
namespace {

constexpr std::string_view kVariables = "variables.";

/// A value that was chosen for a variable, and where from.
struct Choice {
  const Value* value = nullptr;
  std::string origin;  ///< Manifest path, or a word for where else it came from.
  Location location;
  bool ambiguous_unit = false;
  bool from_manifest = false;
};

class Resolver {
 public:
  Resolver(const Pattern& pattern, const Manifest& manifest,
           const std::map<std::string, Value>& overrides)
      : pattern_(pattern), manifest_(manifest), overrides_(overrides) {}

  ResolvedVariables Run() {
    for (const PatternVariable& variable : pattern_.variables) Resolve(variable);
    FindMisspelt();
    return std::move(resolved_);
  }

 private:
  void Resolve(const PatternVariable& variable) {
    const std::optional<Choice> choice = Choose(variable);
    if (!choice) {
      UseDefault(variable);
      return;
    }
    std::optional<Value> value = Checked(variable, *choice);
    if (!value || !MinimumKept(variable, *choice, *value)) return;
    resolved_.values.push_back({&variable, std::move(*value)});
  }

  std::optional<Choice> Choose(const PatternVariable& variable) const {
    const auto override = overrides_.find(variable.name);
    if (override != overrides_.end()) {
      return Choice{&override->second, "the environment's variables", {}, false, false};
    }
    if (std::optional<Choice> choice = FirstSet(variable.from)) return choice;
    return FirstSet({std::string(kVariables) + variable.name});
  }

  std::optional<Choice> FirstSet(const std::vector<std::string>& paths) const {
    for (const std::string& path : paths) {
      const auto found = manifest_.values.find(path);
      if (found == manifest_.values.end()) continue;
      return Choice{&found->second.value, path, found->second.location,
                    found->second.ambiguous_unit, true};
    }
    return std::nullopt;
  }

  /// Nobody chose a value: the default, raised to the minimum that the manifest asks for.
  void UseDefault(const PatternVariable& variable) {
    const std::optional<Choice> minimum = FirstSet(variable.minimum_from);
    if (minimum && !UseMinimum(variable, *minimum)) return;
    if (variable.default_value) {
      resolved_.values.push_back({&variable, *variable.default_value});
    } else if (variable.required) {
      Missing(variable);
    }
  }

  /// Takes the minimum where it is above the default. False when all is said about the variable.
  bool UseMinimum(const PatternVariable& variable, const Choice& minimum) {
    const std::optional<Value> floor = Checked(variable, minimum);
    if (!floor) return false;
    if (!variable.default_value || !IsBelow(*variable.default_value, *floor)) return true;
    resolved_.values.push_back({&variable, *floor});
    return false;
  }

  /// The value in the variable's type, when its unit is clear and the pattern's rule is kept.
  std::optional<Value> Checked(const PatternVariable& variable, const Choice& choice) {
    if (choice.ambiguous_unit) {
      Ambiguous(variable, choice);
      return std::nullopt;
    }
    std::optional<Value> value = ConvertValue(variable, *choice.value);
    if (!value) {
      Problem(choice, "variable has the wrong type",
              About(variable, choice) + " is " + Quoted(*choice.value) + ", a " +
                  std::string(TypeName(*choice.value)) + "; the pattern \"" + pattern_.name +
                  "\" wants " + Wanted(variable) + ".",
              "write it as " + Example(variable));
      return std::nullopt;
    }
    if (const std::string rule = BrokenRule(variable, *value); !rule.empty()) {
      Problem(choice, "variable out of bounds",
              About(variable, choice) + " is " + Quoted(*value) + Unit(variable) +
                  ", which the pattern \"" + pattern_.name + "\" does not allow.",
              rule);
      return std::nullopt;
    }
    return value;
  }

  bool MinimumKept(const PatternVariable& variable, const Choice& choice, const Value& value) {
    const std::optional<Choice> minimum = FirstSet(variable.minimum_from);
    if (!minimum) return true;
    const std::optional<Value> floor = Checked(variable, *minimum);
    if (!floor) return false;
    if (!IsBelow(value, *floor)) return true;
    Problem(choice.from_manifest ? choice : *minimum, "variable below the app's minimum",
            About(variable, choice) + " is " + ToText(value) + Unit(variable) +
                ", but the app asks for at least " + ToText(*floor) + Unit(variable) + " (" +
                minimum->origin + ").",
            "raise " + choice.origin + " or lower " + minimum->origin);
    return false;
  }

  static bool IsBelow(const Value& value, const Value& floor) {
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto* least = std::get_if<std::int64_t>(&floor);
    return number != nullptr && least != nullptr && *number < *least;
  }

  /// Manifests may carry variables that no pattern has; only those that look like one are told.
  void FindMisspelt() {
    std::vector<std::string> known;
    auto value = manifest_.values.lower_bound(kVariables);
    for (; value != manifest_.values.end(); ++value) {
      if (value->first.compare(0, kVariables.size(), kVariables) != 0) return;
      if (known.empty()) {
        for (const PatternVariable& variable : pattern_.variables) known.push_back(variable.name);
      }
      const std::string name = value->first.substr(kVariables.size());
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const std::optional<std::string> nearest = NearestName(name, known);
      if (!nearest) continue;
      resolved_.problems.push_back(
          {Severity::kWarning, "variable without effect",
           "The pattern \"" + pattern_.name + "\" has no variable \"" + name + "\".", value->first,
           value->second.location, "did you mean \"" + *nearest + "\"?"});
    }
  }

  void Ambiguous(const PatternVariable& variable, const Choice& choice) {
    const std::string path = choice.origin;
    const std::string key = path.substr(path.rfind('.') + 1);
    const std::string number = ToText(*choice.value);
    Problem(choice, "ambiguous unit",
            About(variable, choice) + " is " + number +
                ", which could be MB or GB, and nothing says which.",
            "write the unit: `" + key + ": " + number + "MB` or `" + key + ": " + number + "GB`");
  }

  void Missing(const PatternVariable& variable) {
    const std::string own = std::string(kVariables) + variable.name;
    std::string paths;
    for (const std::string& path : variable.from) {
      if (path != own) paths += path + " or ";
    }
    paths += own;
    Diagnostic problem;
    problem.summary = "variable without a value";
    problem.detail = "The pattern \"" + pattern_.name + "\" requires the variable \"" +
                     variable.name + "\"" +
                     (variable.description.empty() ? "" : " (" + variable.description + ")") +
                     ", and nothing sets it.";
    problem.subject = variable.from.empty() ? own : variable.from.front();
    problem.location = AppPlace();
    problem.hint = "set " + paths + " in the manifest, or set it under `variables: {" +
                   variable.name + ": …}` of the environment";
    resolved_.problems.push_back(std::move(problem));
  }

  void Problem(const Choice& choice, std::string summary, std::string detail, std::string hint) {
    Diagnostic problem;
    problem.summary = std::move(summary);
    problem.detail = std::move(detail);
    problem.subject = choice.origin;
    problem.location = choice.location;
    problem.hint = std::move(hint);
    for (const Diagnostic& known : resolved_.problems) {
      if (known == problem) return;  // Two variables may come from one path.
    }
    resolved_.problems.push_back(std::move(problem));
  }

  /// Where the manifest names its pattern: the place for what is not written anywhere.
  Location AppPlace() const {
    for (const char* key : {"pattern", "patterns", "name"}) {
      const auto found = manifest_.locations.find(key);
      if (found != manifest_.locations.end()) return found->second;
    }
    return {};
  }

  static std::string About(const PatternVariable& variable, const Choice& choice) {
    return "The variable \"" + variable.name + "\" (from " + choice.origin + ")";
  }

  static std::string Quoted(const Value& value) {
    return value.index() == 2 ? "\"" + ToText(value) + "\"" : ToText(value);
  }

  static std::string Unit(const PatternVariable& variable) {
    return variable.unit.empty() ? "" : " " + variable.unit;
  }

  static std::string Wanted(const PatternVariable& variable) {
    switch (variable.type) {
      case VariableType::kBoolean:
        return "true or false";
      case VariableType::kInteger:
        return "a whole number" + (variable.unit.empty() ? "" : " of " + variable.unit);
      case VariableType::kString:
        return "a text";
      case VariableType::kIntegerList:
        return "a list of whole numbers";
      case VariableType::kStringList:
        return "a list of texts";
    }
    return "";
  }

  static std::string Example(const PatternVariable& variable) {
    const std::string least = std::to_string(variable.min.value_or(1));
    switch (variable.type) {
      case VariableType::kBoolean:
        return "`true` or `false`";
      case VariableType::kInteger:
        return "`" + least + "`" +
               (variable.unit == "MB" || variable.unit == "GB" ? " or with a unit, `8GB`" : "");
      case VariableType::kString:
        return "`\"text\"`";
      case VariableType::kIntegerList:
        return "`[" + least + "]`";
      case VariableType::kStringList:
        return "`[one, two]`";
    }
    return "";
  }

  const Pattern& pattern_;
  const Manifest& manifest_;
  const std::map<std::string, Value>& overrides_;
  ResolvedVariables resolved_;
};

}  // namespace

ResolvedVariables ResolveVariables(const Pattern& pattern, const Manifest& manifest,
                                   const std::map<std::string, Value>& overrides) {
  return Resolver(pattern, manifest, overrides).Run();
}

}  // namespace gitops

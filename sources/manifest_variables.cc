// `variables` of a manifest: values for the variables of a pattern, by name, in their short form
// (`domain: shop.example.com`) or as a description with a default.
#include <algorithm>
#include <optional>

#include "engine/base/suggest.h"
#include "sources/manifest_draft.h"

namespace gitops {
namespace {

const std::vector<std::string>& TypeNames() {
  static const std::vector<std::string> names = {"string", "number",       "integer",     "boolean",
                                                 "bool",   "list(number)", "list(string)"};
  return names;
}

/// The value by the look of it: what YAML readers agree on, else text.
Value GuessedValue(const YamlNode& node) {
  if (node.IsList()) {
    std::vector<std::int64_t> numbers;
    for (const YamlNode& item : node.items) {
      if (const auto number = ReadInteger(item)) numbers.push_back(*number);
    }
    if (!numbers.empty() && numbers.size() == node.items.size()) return numbers;
    return ReadTextList(node);
  }
  if (const auto number = ReadInteger(node)) return *number;
  if (const auto boolean = ReadBoolean(node)) return *boolean;
  return node.scalar;
}

/// A text of digits, with a sign and a fraction perhaps: kept as a text, so nothing is rounded.
bool IsDecimal(const YamlNode& node) {
  if (!node.IsScalar() || node.style != YamlStyle::kPlain) return false;
  const std::string& text = node.scalar;
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos || dot + 1 == text.size()) return false;
  return ParseInteger(std::string_view(text).substr(0, dot)).value.has_value() &&
         text.find_first_not_of("0123456789", dot + 1) == std::string::npos;
}

std::optional<Value> TypedValue(const YamlNode& node, const std::string& type,
                                std::string& problem) {
  if (type == "string") {
    const auto text = ReadText(node);
    problem = text.problem;
    if (text) return *text;
  } else if (type == "boolean" || type == "bool") {
    const auto boolean = ReadBoolean(node);
    problem = boolean.problem;
    if (boolean) return *boolean;
  } else if (type == "integer" || type == "number") {
    if (type == "number" && IsDecimal(node)) return node.scalar;
    const auto number = ReadInteger(node);
    problem = number.problem;
    if (number) return *number;
    // A size with its unit, for a pattern variable that counts MB or GB.
    const auto size = ReadSize(node, SizeUnit::kMegabytes);
    if (size && size->with_suffix) return node.scalar;
  } else if (type == "list(number)" || type == "list(string)") {
    Value value = GuessedValue(node);
    if (type == "list(string)" && node.IsList()) value = ReadTextList(node);
    if (node.IsList() && node.items.empty() && type == "list(number)") {
      value = std::vector<std::int64_t>();
    }
    const bool fits = type == "list(number)"
                          ? std::holds_alternative<std::vector<std::int64_t>>(value)
                          : std::holds_alternative<std::vector<std::string>>(value);
    if (fits) return value;
    problem = type + " expected, found " + DescribeNode(node);
  }
  return std::nullopt;
}

class VariableReader {
 public:
  VariableReader(ManifestDraft& draft, std::string path) : draft_(draft), path_(std::move(path)) {}

  void Read(const YamlNode& entry) {
    const YamlNode* value = entry.IsMap() ? entry.Find("default") : &entry;
    const std::string type = ManifestDraft::TextAt(entry.IsMap() ? &entry : nullptr, "type");
    const auto& types = TypeNames();
    if (!type.empty() && std::find(types.begin(), types.end(), type) == types.end()) {
      draft_.Report(Severity::kError, "unknown type", QuoteShort(type) + " is no type",
                    path_ + ".type", *entry.Find("type"), SuggestName(type, types));
      return;
    }
    if (value == nullptr || value->IsNull() || value->IsMap()) {
      if (value != nullptr && value->IsMap()) {
        draft_.Report(Severity::kError, "wrong type",
                      "text, number or list expected, found a mapping", path_ + ".default", *value);
      }
      return;
    }
    if (value->IsScalar() && value->scalar.empty()) return;  // "" means: not set.
    std::string problem;
    const auto typed = type.empty() ? GuessedValue(*value) : TypedValue(*value, type, problem);
    if (!typed) {
      draft_.Report(Severity::kError, "wrong type", problem, path_ + ".default", *value);
      return;
    }
    if (entry.IsMap()) CheckBounds(entry, *value, *typed);
    draft_.SetValue(path_, *typed, *value, IsAmbiguous(*value, *typed));
  }

 private:
  void CheckBounds(const YamlNode& entry, const YamlNode& node, const Value& value) {
    const YamlNode* options = entry.Find("options");
    if (options != nullptr && options->IsList() && node.IsScalar()) {
      const auto words = ReadTextList(*options);
      if (std::find(words.begin(), words.end(), node.scalar) == words.end()) {
        draft_.Report(Severity::kError, "default not among the options",
                      QuoteShort(node.scalar) + " is not one of the options", path_ + ".default",
                      node, SuggestName(node.scalar, words));
      }
    }
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr) return;
    const auto bound = [&entry](const char* key) -> std::optional<std::int64_t> {
      const YamlNode* found = entry.Find(key);
      return found == nullptr ? std::nullopt : ReadInteger(*found).value;
    };
    const auto min = bound("min");
    const auto max = bound("max");
    if ((!min || *number >= *min) && (!max || *number <= *max)) return;
    draft_.Report(Severity::kError, "value out of range",
                  std::to_string(*number) + " is not within min and max", path_ + ".default", node);
  }

  /// A disk's number above the grid's 10240 GB can only be MB, but nothing says so.
  bool IsAmbiguous(const YamlNode& node, const Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    const bool disk = path_.size() > 5 && path_.compare(path_.size() - 5, 5, "_disk") == 0;
    if (!disk || number == nullptr || *number <= 10'240) return false;
    draft_.Report(Severity::kWarning, "ambiguous unit",
                  path_ + ": " + node.scalar +
                      " could be MB or GB; a pattern that needs the value refuses it",
                  path_, node, "write the unit: " + node.scalar + "MB or " + node.scalar + "GB");
    return true;
  }

  ManifestDraft& draft_;
  std::string path_;
};

}  // namespace

void ReadVariables(ManifestDraft& draft) {
  const YamlNode* variables = draft.root.Find("variables");
  if (variables == nullptr) return;
  for (const YamlNode::Member& member : variables->members) {
    if (member.key.substr(0, 2) == "x-") continue;
    VariableReader(draft, "variables." + member.key).Read(member.value);
  }
}

}  // namespace gitops

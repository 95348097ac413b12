// Conversion and rules of single values: what a variable's type, unit, bounds and options allow.
#include <algorithm>
#include <optional>

#include "engine/base/digest.h"
#include "engine/pattern/pattern_shape.h"
#include "engine/pattern/variables.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "4", and for sizes "8GB" or "512 M", as a number in the variable's unit.
std::optional<std::int64_t> ParseNumber(std::string_view text, std::string_view unit) {
  text = Trim(text);
  if (unit == "MB" || unit == "GB") {
    const Reading<Size> size =
        ParseSize(text, unit == "MB" ? SizeUnit::kMegabytes : SizeUnit::kGigabytes);
    if (size) return size->amount;
  }
  return ParseInteger(text).value;
}

std::optional<Value> ToBoolean(const Value& value) {
  if (std::holds_alternative<bool>(value)) return value;
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && *text == "true") return Value(true);
  if (text != nullptr && *text == "false") return Value(false);
  return std::nullopt;
}

std::optional<Value> ToInteger(const Value& value, std::string_view unit) {
  if (std::holds_alternative<std::int64_t>(value)) return value;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (const auto number = ParseNumber(*text, unit)) return Value(*number);
  }
  // A list of one is what people write where several would be possible: `gateway: [8]`.
  const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
  if (list != nullptr && list->size() == 1) return Value(list->front());
  return std::nullopt;
}

std::optional<Value> ToStringValue(const Value& value) {
  if (std::holds_alternative<std::string>(value)) return value;
  if (value.index() <= 1) return Value(ToText(value));
  return std::nullopt;
}

std::optional<Value> ToIntegers(const Value& value, std::string_view unit) {
  if (std::holds_alternative<std::vector<std::int64_t>>(value)) return value;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    std::vector<std::int64_t> numbers;
    for (const std::string& text : *texts) {
      const auto number = ParseNumber(text, unit);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    return Value(std::move(numbers));
  }
  const auto single = ToInteger(value, unit);
  if (!single) return std::nullopt;
  return Value(std::vector<std::int64_t>{std::get<std::int64_t>(*single)});
}

std::optional<Value> ToStrings(const Value& value) {
  if (std::holds_alternative<std::vector<std::string>>(value)) return value;
  std::vector<std::string> texts;
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) {
    for (const std::int64_t number : *numbers) texts.push_back(std::to_string(number));
    return Value(std::move(texts));
  }
  const std::string text = ToText(value);
  std::string_view rest = text;
  while (!Trim(rest).empty()) {
    const std::size_t comma = rest.find(',');
    if (const auto item = Trim(rest.substr(0, comma)); !item.empty()) texts.emplace_back(item);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return Value(std::move(texts));
}

std::string WithUnit(std::int64_t number, const std::string& unit) {
  return std::to_string(number) + (unit.empty() ? "" : " " + unit);
}

std::string BoundsText(const PatternVariable& variable) {
  if (variable.min && variable.max) {
    return std::to_string(*variable.min) + " to " + WithUnit(*variable.max, variable.unit);
  }
  if (variable.min) return "at least " + WithUnit(*variable.min, variable.unit);
  return "at most " + WithUnit(*variable.max, variable.unit);
}

bool InOptions(const PatternVariable& variable, const std::string& text) {
  return variable.options.empty() || std::find(variable.options.begin(), variable.options.end(),
                                               text) != variable.options.end();
}

std::string OptionsText(const PatternVariable& variable) {
  std::string text;
  for (const std::string& option : variable.options) text += (text.empty() ? "" : ", ") + option;
  return text;
}

}  // namespace

std::string_view ToString(VariableType type) {
  return kVariableTypeWords[static_cast<std::size_t>(type)];
}

std::optional<Value> ConvertValue(const PatternVariable& variable, const Value& value) {
  switch (variable.type) {
    case VariableType::kBoolean:
      return ToBoolean(value);
    case VariableType::kInteger:
      return ToInteger(value, variable.unit);
    case VariableType::kString:
      return ToStringValue(value);
    case VariableType::kIntegerList:
      return ToIntegers(value, variable.unit);
    case VariableType::kStringList:
      return ToStrings(value);
  }
  return std::nullopt;
}

std::string BrokenRule(const PatternVariable& variable, const Value& value) {
  const auto within = [&variable](std::int64_t number) {
    return (!variable.min || number >= *variable.min) && (!variable.max || number <= *variable.max);
  };
  bool bounds_kept = true;
  bool options_kept = true;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    bounds_kept = within(*number);
    options_kept = InOptions(variable, std::to_string(*number));
  } else if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) {
    bounds_kept = std::all_of(numbers->begin(), numbers->end(), within);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    options_kept = InOptions(variable, *text);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    options_kept = std::all_of(texts->begin(), texts->end(), [&variable](const std::string& item) {
      return InOptions(variable, item);
    });
  }
  if (!bounds_kept) return "allowed: " + BoundsText(variable);
  if (!options_kept) return "allowed: " + OptionsText(variable);
  return "";
}

std::string DigestValue(const Value& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr) return Sha256Hex(ToText(value));
  DigestBuilder digest;
  for (const std::string& text : *texts) digest.Add(text);
  return digest.Hex();
}

}  // namespace gitops

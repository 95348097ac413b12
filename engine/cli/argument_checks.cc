#include "engine/cli/argument_checks.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>

#include "engine/base/redactor.h"
#include "engine/model/app_id.h"
#include "engine/pattern/glob.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

constexpr std::size_t kShownBytes = 80;
/// As the API takes it.
constexpr std::size_t kLongestText = 500;

/// True for "name" and "environment/name".
bool IsAppReference(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return IsValidName(text);
  return IsValidName(text.substr(0, slash)) && IsValidName(text.substr(slash + 1));
}

/// "bash, zsh or fish".
std::string ListOf(std::span<const std::string_view> choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

/// What is wrong with a value of this kind, or nullopt.
std::optional<std::string> CheckValue(ValueKind kind, std::string_view what,
                                      const std::string& value) {
  const std::span<const std::string_view> choices = Choices(kind);
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    return std::string(what) + " cannot be " + QuoteWord(value) + ": use " + ListOf(choices);
  }
  switch (kind) {
    case ValueKind::kApp:
      if (IsAppReference(value)) return std::nullopt;
      return QuoteWord(value) + " cannot be the name of an app: NAME or ENVIRONMENT/NAME, each " +
             std::string(kNameRule);
    case ValueKind::kName:
      if (IsValidName(value)) return std::nullopt;
      return std::string(what) + " cannot be " + QuoteWord(value) + ": a name has " +
             std::string(kNameRule);
    case ValueKind::kPositive: {
      int number = 0;
      const char* end = value.data() + value.size();
      const auto [stop, error] = std::from_chars(value.data(), end, number);
      if (error == std::errc() && stop == end && number >= 1 && number <= 1'000'000'000) {
        return std::nullopt;
      }
      return std::string(what) + " cannot be " + QuoteWord(value) +
             ": it is a whole number from 1 to 1000000000";
    }
    case ValueKind::kDuration: {
      constexpr std::chrono::minutes kLeast{1};
      constexpr std::chrono::hours kMost{24 * 3650};
      const auto duration = ParseDuration(value);
      if (duration && *duration >= kLeast && *duration <= kMost) return std::nullopt;
      return std::string(what) + " cannot be " + QuoteWord(value) +
             ": it is a time from 1m to 3650d, such as 12h or 90d";
    }
    case ValueKind::kAppGlob: {
      const auto glob = Glob::Parse(value);
      if (glob) return std::nullopt;
      return std::string(what) + " cannot be " + QuoteWord(value) + ": " +
             glob.error().primary().summary + "; it is a glob of environment/name";
    }
    case ValueKind::kText:
      if (value.size() > kLongestText) {
        return std::string(what) + " has more than " + std::to_string(kLongestText) + " bytes";
      }
      if (EscapeLine(value) != value) {
        return std::string(what) + " is no line of plain text: " + QuoteWord(value);
      }
      [[fallthrough]];
    case ValueKind::kPath:
    case ValueKind::kCommandName:
      if (!value.empty()) return std::nullopt;
      return std::string(what) + " is empty";
    case ValueKind::kNone:
    case ValueKind::kFormat:
    case ValueKind::kLogLevel:
    case ValueKind::kShell:
    case ValueKind::kTokenTask:
    case ValueKind::kAuditTask:
    case ValueKind::kWebhookTask:
    case ValueKind::kRole:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string QuoteWord(std::string_view word) {
  const bool cut = word.size() > kShownBytes;
  return "\"" + EscapeLine(word.substr(0, kShownBytes)) + (cut ? "…\"" : "\"");
}

const FlagSpec* FindFlag(const CommandSpec* command, std::string_view word) {
  const auto matches = [&](const FlagSpec& flag) {
    return flag.name == word || (!flag.alias.empty() && flag.alias == word);
  };
  for (const FlagSpec& flag : GlobalFlags()) {
    if (matches(flag)) return &flag;
  }
  if (command == nullptr) return nullptr;
  for (const FlagSpec& flag : command->flags) {
    if (matches(flag)) return &flag;
  }
  return nullptr;
}

std::optional<UsageError> CheckFlags(const RawWords& raw) {
  for (const auto& [name, values] : raw.flags) {
    const FlagSpec* flag = FindFlag(raw.command, name);
    if (flag == nullptr || flag->kind == ValueKind::kNone) continue;
    for (const std::string& value : values) {
      if (value != values.front()) {
        return UsageError{name + " is given twice, as " + QuoteWord(values.front()) + " and as " +
                              QuoteWord(value) + ": give it once",
                          raw.command};
      }
      if (const auto problem = CheckValue(flag->kind, name, value)) {
        return UsageError{*problem, raw.command};
      }
    }
  }
  for (const FlagSpec& flag : raw.command->flags) {
    if (flag.required && raw.flags.find(flag.name) == raw.flags.end()) {
      return UsageError{std::string(raw.command->name) + " needs " + std::string(flag.name) + " " +
                            std::string(flag.value) + ": " + std::string(flag.help),
                        raw.command};
    }
  }
  return std::nullopt;
}

std::optional<UsageError> CheckPositionals(const RawWords& raw) {
  const std::string name(raw.command->name);
  std::size_t next = 0;
  for (const PositionalSpec& spec : raw.command->positionals) {
    const std::vector<std::string>& from = spec.rest ? raw.rest : raw.positionals;
    std::size_t& index = next;
    if (spec.rest) index = 0;
    int count = 0;
    while (index < from.size() && (spec.max < 0 || count < spec.max)) {
      if (!spec.rest) {
        if (const auto problem = CheckValue(spec.kind, spec.name, from[index])) {
          return UsageError{*problem, raw.command};
        }
      }
      ++index;
      ++count;
    }
    if (count < spec.min) {
      std::string message = name + " needs " + std::string(spec.name);
      if (const auto choices = Choices(spec.kind); !choices.empty()) {
        message += ": " + ListOf(choices);
      }
      return UsageError{std::move(message), raw.command};
    }
    if (spec.rest) return std::nullopt;
  }
  if (next < raw.positionals.size()) {
    return UsageError{"unexpected argument " + QuoteWord(raw.positionals[next]), raw.command};
  }
  return std::nullopt;
}

}  // namespace gitops

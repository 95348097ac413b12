#include "engine/cli/arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "engine/base/redactor.h"
#include "engine/base/suggest.h"
#include "engine/cli/argument_checks.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxWords = 10'000;
constexpr std::size_t kMaxWordBytes = 128 * 1024;

std::vector<std::string> FlagNames(const CommandSpec* command) {
  std::vector<std::string> names;
  if (command != nullptr) {
    for (const FlagSpec& flag : command->flags) names.emplace_back(flag.name);
  }
  for (const FlagSpec& flag : GlobalFlags()) names.emplace_back(flag.name);
  return names;
}

/// The words that CLI11 is to see, and those it must not: what `exec` and `run` hand on, and what
/// follows "--", would be taken for flags of ours.
struct SplitWords {
  std::vector<std::string> ours;
  std::vector<std::string> positionals;  ///< After "--", for commands that hand nothing on.
  std::vector<std::string> rest;
};

/// A flag whose value is missing, or a switch with one; CLI11 would say it in words for
/// programmers, or take the next flag for the value.
std::optional<std::string> CheckFlagValue(const CommandSpec* command,
                                          const std::vector<std::string>& words, std::size_t i) {
  const std::size_t equals = words[i].find('=');
  const FlagSpec* flag = FindFlag(command, words[i].substr(0, equals));
  if (flag == nullptr) return std::nullopt;
  const std::string name(flag->name);
  if (flag->kind == ValueKind::kNone) {
    if (equals == std::string::npos) return std::nullopt;
    return name + " is a switch and takes no value";
  }
  if (equals != std::string::npos) {
    if (equals + 1 < words[i].size()) return std::nullopt;
    return name + "= has no value: " + name + " " + std::string(flag->value);
  }
  const bool last = i + 1 == words.size();
  if (last || words[i + 1] == "--" || FindFlag(command, words[i + 1]) != nullptr) {
    return name + " needs a value: " + name + " " + std::string(flag->value);
  }
  return std::nullopt;
}

/// True when `word` is a flag that takes the next word as its value.
bool TakesNextWord(const CommandSpec* command, std::string_view word) {
  const FlagSpec* flag = FindFlag(command, word);
  return flag != nullptr && flag->kind != ValueKind::kNone;
}

std::variant<SplitWords, UsageError> Split(const std::vector<std::string>& words) {
  SplitWords split;
  const CommandSpec* command = nullptr;
  std::size_t wanted = 0;  // Positionals before the remainder starts.
  bool takes_rest = false;
  bool rest_is_program = false;  // It begins with a word that is no flag: flags before it are ours.
  std::size_t i = 0;
  for (; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    const bool is_flag = word.size() > 1 && word[0] == '-';
    if (takes_rest && wanted == 0 && !(is_flag && rest_is_program)) break;
    split.ours.push_back(word);
    if (is_flag) {
      if (const auto problem = CheckFlagValue(command, words, i)) {
        return UsageError{*problem, command};
      }
      if (TakesNextWord(command, word)) split.ours.push_back(words[++i]);
      continue;
    }
    if (command == nullptr) {
      command = FindCommand(word);
      if (command == nullptr) return split;  // CLI11 stumbles over the same word.
      for (const PositionalSpec& positional : command->positionals) {
        takes_rest = takes_rest || positional.rest;
        if (positional.rest) rest_is_program = positional.min > 0;
        if (!positional.rest) ++wanted;
      }
    } else if (wanted > 0) {
      --wanted;
    }
  }
  if (i < words.size() && words[i] == "--") ++i;
  auto& remainder = takes_rest ? split.rest : split.positionals;
  remainder.assign(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  return split;
}

/// The CLI11 application made from the table. Values go to vectors, so that a flag that is given
/// twice can be told from one that is given once.
class Parser {
 public:
  Parser() : app_("", "tfgrid-compose") {
    app_.set_help_flag();
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    for (const FlagSpec& flag : GlobalFlags()) AddFlag(app_, flag);
    for (const CommandSpec& command : Commands()) {
      CLI::App* sub = app_.add_subcommand(std::string(command.name));
      if (command.name == "status") sub->alias("ps");
      sub->set_help_flag();
      sub->fallthrough();
      sub->allow_extras();
      for (const FlagSpec& flag : command.flags) AddFlag(*sub, flag);
      sub->add_option("positionals", positionals_)
          ->expected(0, CLI::detail::expected_max_vector_size);
    }
  }

  std::variant<RawWords, UsageError> Parse(const SplitWords& words) {
    std::vector<std::string> reversed(words.ours.rbegin(), words.ours.rend());
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
      return UsageError{EscapeLine(error.what()), nullptr};
    }
    RawWords raw;
    for (const CLI::App* sub : app_.get_subcommands()) raw.command = FindCommand(sub->get_name());
    for (const auto& [name, values] : values_) {
      if (!values->empty()) raw.flags[name] = *values;
    }
    for (const auto& [name, count] : switches_) {
      if (*count > 0) raw.flags[name] = {};
    }
    raw.positionals = positionals_;
    raw.positionals.insert(raw.positionals.end(), words.positionals.begin(),
                           words.positionals.end());
    raw.rest = words.rest;
    const std::vector<std::string> extras = app_.remaining(true);
    if (const auto error = CheckExtras(raw, extras)) return *error;
    return raw;
  }

 private:
  void AddFlag(CLI::App& app, const FlagSpec& flag) {
    std::string names(flag.name);
    if (!flag.alias.empty()) names = std::string(flag.alias) + "," + names;
    if (flag.kind == ValueKind::kNone) {
      auto& count = switches_[std::string(flag.name)];
      if (!count) count = std::make_shared<int>(0);
      app.add_flag_function(names, [count](std::int64_t times) {
        *count += static_cast<int>(std::min<std::int64_t>(times, 1000));
      });
      return;
    }
    auto& values = values_[std::string(flag.name)];
    if (!values) values = std::make_shared<std::vector<std::string>>();
    app.add_option(names, *values)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  }

  std::optional<UsageError> CheckExtras(const RawWords& raw,
                                        const std::vector<std::string>& extras) const {
    for (const std::string& extra : extras) {
      if (extra == "--") continue;
      if (extra.size() > 1 && extra[0] == '-') return UnknownFlag(raw.command, extra);
      if (raw.command == nullptr) return UnknownCommand(extra);
      return UsageError{"unexpected argument " + QuoteWord(extra), raw.command};
    }
    return std::nullopt;
  }

  static UsageError UnknownFlag(const CommandSpec* command, const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    std::string message = "unknown flag " + QuoteWord(name);
    if (command != nullptr) message += " of " + std::string(command->name);
    if (const auto nearest = NearestName(name, FlagNames(command))) {
      return {message + ": did you mean \"" + *nearest + "\"?", command};
    }
    for (const CommandSpec& other : Commands()) {
      if (command == nullptr && FindFlag(&other, name) != nullptr) {
        return {message + ": it belongs after a command, such as " + std::string(other.name),
                nullptr};
      }
    }
    return {std::move(message), command};
  }

  static UsageError UnknownCommand(const std::string& word) {
    for (const FormerCommand& former : FormerCommands()) {
      if (former.name == word) {
        return {"\"" + word + "\" is no command here: " + std::string(former.instead), nullptr};
      }
    }
    std::vector<std::string> names;
    for (const CommandSpec& command : Commands()) {
      if (command.audience != CommandAudience::kHidden) names.emplace_back(command.name);
    }
    std::string message = "unknown command " + QuoteWord(word);
    if (const auto nearest = NearestName(word, names)) {
      return {message + ": did you mean \"" + *nearest + "\"?", nullptr};
    }
    std::vector<std::string> former_names;
    for (const FormerCommand& former : FormerCommands()) former_names.emplace_back(former.name);
    if (const auto nearest = NearestName(word, former_names)) {
      for (const FormerCommand& former : FormerCommands()) {
        if (former.name != *nearest) continue;
        return {message + "; for \"" + *nearest + "\" " + std::string(former.instead), nullptr};
      }
    }
    return {std::move(message), nullptr};
  }

  CLI::App app_;
  std::map<std::string, std::shared_ptr<std::vector<std::string>>> values_;
  std::map<std::string, std::shared_ptr<int>> switches_;
  std::vector<std::string> positionals_;
};

int NumberOf(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// REQUIRES: checked values.
Arguments Type(const RawWords& raw) {
  Arguments arguments;
  arguments.command = raw.command;
  arguments.positionals = raw.positionals;
  arguments.rest = raw.rest;
  const auto has = [&](std::string_view name) { return raw.flags.find(name) != raw.flags.end(); };
  const auto value = [&](std::string_view name) {
    const auto found = raw.flags.find(name);
    return found == raw.flags.end() || found->second.empty() ? std::string()
                                                             : found->second.front();
  };
  arguments.help = has("--help");
  arguments.version = has("--version");
  arguments.config_file = value("--config");
  arguments.state_dir = value("--state-dir");
  arguments.stats = has("--stats");
  arguments.no_color = has("--no-color");
  const std::string format = value("--output");
  if (format == "json") arguments.output = OutputFormat::kJson;
  if (format == "yaml") arguments.output = OutputFormat::kYaml;
  const std::span<const std::string_view> levels = Choices(ValueKind::kLogLevel);
  const auto level = std::find(levels.begin(), levels.end(), value("--log-level"));
  if (level != levels.end()) {
    arguments.log_level = static_cast<LogLevel>(level - levels.begin());
  }
  arguments.source = value("--source");
  arguments.environment = value("--environment");
  arguments.reason = value("--reason");
  arguments.role = value("--role");
  arguments.app_glob = value("--app");
  arguments.name = value("--name");
  if (has("--expires")) arguments.expires = *ParseDuration(value("--expires"));
  if (has("--to")) arguments.to = NumberOf(value("--to"));
  if (has("--run")) arguments.run = NumberOf(value("--run"));
  if (has("--limit")) arguments.limit = NumberOf(value("--limit"));
  arguments.dry_run = has("--dry-run");
  arguments.detailed_exitcode = has("--detailed-exitcode");
  arguments.prune = has("--prune");
  arguments.full = has("--full");
  arguments.revert = has("--revert");
  arguments.yes = has("--yes");
  arguments.follow = has("--follow");
  return arguments;
}

}  // namespace

ParseOutcome ParseArguments(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  if (!words.empty() && words.front() == "help") {  // `help run` is `run --help`.
    words.erase(words.begin());
    words.insert(words.begin() + (words.empty() ? 0 : 1), "--help");
  }
  if (words.size() > kMaxWords) {
    return UsageError{"more than " + std::to_string(kMaxWords) + " arguments", nullptr};
  }
  for (const std::string& word : words) {
    if (word.size() > kMaxWordBytes) {
      return UsageError{"an argument is longer than " + std::to_string(kMaxWordBytes) + " bytes",
                        nullptr};
    }
  }
  auto split = Split(words);
  if (auto* error = std::get_if<UsageError>(&split)) return std::move(*error);
  auto parsed = Parser().Parse(std::get<SplitWords>(split));
  if (auto* error = std::get_if<UsageError>(&parsed)) return std::move(*error);
  const RawWords raw = std::get<RawWords>(std::move(parsed));
  const bool only_asks =
      raw.flags.find("--help") != raw.flags.end() || raw.flags.find("--version") != raw.flags.end();
  if (only_asks) return Type(raw);
  if (raw.command == nullptr) return UsageError{"no command", nullptr};
  if (raw.command->audience == CommandAudience::kLater) return Type(raw);
  if (auto error = CheckFlags(raw)) return *std::move(error);
  if (auto error = CheckPositionals(raw)) return *std::move(error);
  return Type(raw);
}

}  // namespace gitops

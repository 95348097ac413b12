#include "engine/cli/usage.h"

#include <algorithm>

namespace gitops {
namespace {

constexpr std::string_view kProgram = "tfgrid-compose";

std::string FlagUsage(const FlagSpec& flag) {
  std::string text(flag.name);
  if (flag.kind != ValueKind::kNone) text += " " + std::string(flag.value);
  return text;
}

/// The name of the argument or, when there are only a few values, these.
std::string PositionalUsage(const PositionalSpec& positional) {
  std::string text;
  for (const std::string_view choice : Choices(positional.kind)) {
    if (!text.empty()) text += "|";
    text += choice;
  }
  if (text.empty()) text = positional.name;
  if (positional.max < 0) text += "...";
  if (positional.min == 0) text = "[" + text + "]";
  return text;
}

/// Two columns, the first as wide as its widest entry.
class Columns {
 public:
  void Add(std::string left, std::string_view right) {
    width_ = std::max(width_, left.size());
    rows_.emplace_back(std::move(left), right);
  }
  std::string Text() const {
    std::string text;
    for (const auto& [left, right] : rows_) {
      text += "  " + left + std::string(width_ - left.size() + 2, ' ') + std::string(right) + "\n";
    }
    return text;
  }

 private:
  std::size_t width_ = 0;
  std::vector<std::pair<std::string, std::string_view>> rows_;
};

std::string FlagsHelp(const std::vector<FlagSpec>& flags) {
  Columns columns;
  for (const FlagSpec& flag : flags) {
    const std::string alias = flag.alias.empty() ? "    " : std::string(flag.alias) + ", ";
    columns.Add(alias + FlagUsage(flag), flag.help);
  }
  return columns.Text();
}

std::string ProgramHelp() {
  Columns columns;
  for (const CommandSpec& command : Commands()) {
    if (command.audience == CommandAudience::kPublic) {
      columns.Add(std::string(command.name), command.summary);
    }
  }
  return "tfgrid-compose keeps apps on plain machines as their Git repositories say.\n\nUsage: " +
         UsageLine(nullptr) + "\n\nCommands:\n" + columns.Text() + "\nFlags of all commands:\n" +
         FlagsHelp(GlobalFlags()) +
         "\nExit codes: 0 done, 1 failed, 2 changes pending (with --detailed-exitcode), 64 wrong "
         "use, 130 interrupted.\nMore about one command: tfgrid-compose COMMAND --help\n";
}

std::string Join(const std::vector<std::string_view>& words, std::string_view separator) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::vector<std::string_view> PublicNames() {
  std::vector<std::string_view> names;
  for (const CommandSpec& command : Commands()) {
    if (command.audience == CommandAudience::kPublic) names.push_back(command.name);
  }
  return names;
}

std::vector<std::string_view> FlagWords(const std::vector<FlagSpec>& flags) {
  std::vector<std::string_view> words;
  for (const FlagSpec& flag : flags) {
    words.push_back(flag.name);
    if (!flag.alias.empty()) words.push_back(flag.alias);
  }
  return words;
}

/// Where the names of apps come from while completing: the state, read by the program itself.
constexpr std::string_view kListApps =
    "tfgrid-compose status -o json 2>/dev/null | sed -n 's/^ *\"id\": \"\\(.*\\)\",$/\\1/p'";

bool TakesApp(const CommandSpec& command) {
  return !command.positionals.empty() && command.positionals.front().kind == ValueKind::kApp;
}

std::string BashChoices(ValueKind kind) {
  const std::span<const std::string_view> choices = Choices(kind);
  return Join({choices.begin(), choices.end()}, " ");
}

/// The branches of a bash case that complete the value of the flag before the cursor.
std::string BashValueCases() {
  std::string text;
  std::vector<std::string_view> seen;
  const auto add = [&](const FlagSpec& flag) {
    if (flag.kind == ValueKind::kNone) return;
    if (std::find(seen.begin(), seen.end(), flag.name) != seen.end()) return;
    seen.push_back(flag.name);
    std::string names(flag.name);
    if (!flag.alias.empty()) names += "|" + std::string(flag.alias);
    if (flag.kind == ValueKind::kPath) {
      text += "    " + names + ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n";
    } else {
      text += "    " + names + ") COMPREPLY=($(compgen -W \"" + BashChoices(flag.kind) +
              "\" -- \"$word\")); return ;;\n";
    }
  };
  for (const FlagSpec& flag : GlobalFlags()) add(flag);
  for (const CommandSpec& command : Commands()) {
    for (const FlagSpec& flag : command.flags) add(flag);
  }
  return text;
}

std::string BashCommandCases() {
  std::string text;
  for (const CommandSpec& command : Commands()) {
    if (command.audience != CommandAudience::kPublic) continue;
    text += "    " + std::string(command.name) + ")\n      flags=\"" +
            Join(FlagWords(command.flags), " ") + "\"\n";
    if (TakesApp(command)) {
      text += "      words=\"$(" + std::string(kListApps) + ")\"\n";
    } else if (!command.positionals.empty()) {
      const ValueKind kind = command.positionals.front().kind;
      if (kind == ValueKind::kPath) {
        text += "      files=1\n";
      } else {
        text += "      words=\"" + BashChoices(kind) + "\"\n";
      }
    }
    text += "      ;;\n";
  }
  return text;
}

std::string BashScript() {
  return R"sh(# bash completion for tfgrid-compose; load it with: source <(tfgrid-compose completion bash)
_tfgrid_compose() {
  local word="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local command="" flags="" words="" files="" i
  case "$previous" in
)sh" + BashValueCases() +
         R"sh(  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case " )sh" +
         Join(PublicNames(), " ") + R"sh( ps " in
      *" ${COMP_WORDS[i]} "*) command="${COMP_WORDS[i]}"; break ;;
    esac
  done
  [[ "$command" == ps ]] && command=status
  case "$command" in
    "") words=")sh" +
         Join(PublicNames(), " ") + "\" ;;\n" + BashCommandCases() + R"sh(  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags )sh" +
         Join(FlagWords(GlobalFlags()), " ") + R"sh(" -- "$word"))
  elif [[ -n "$files" ]]; then
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -o filenames -F _tfgrid_compose tfgrid-compose
)sh";
}

/// Text inside single quotes of a shell.
std::string ShellQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string ZshArgument(const FlagSpec& flag, std::string_view name) {
  std::string help;
  for (const char c : flag.help) help += c == '[' || c == ']' || c == ':' ? ' ' : c;
  std::string text = std::string(name) + "[" + help + "]";
  if (flag.kind == ValueKind::kNone) return text;
  text += ":" + std::string(flag.value) + ":";
  if (flag.kind == ValueKind::kPath) return text + "_files";
  if (const std::string choices = BashChoices(flag.kind); !choices.empty()) {
    return text + "(" + choices + ")";
  }
  return text;
}

std::string ZshFlags(const std::vector<FlagSpec>& flags) {
  std::string text;
  for (const FlagSpec& flag : flags) {
    text += " " + ShellQuoted(ZshArgument(flag, flag.name));
    if (!flag.alias.empty()) text += " " + ShellQuoted(ZshArgument(flag, flag.alias));
  }
  return text;
}

std::string ZshScript() {
  std::string commands;
  std::string cases;
  for (const CommandSpec& command : Commands()) {
    if (command.audience != CommandAudience::kPublic) continue;
    std::string summary;
    for (const char c : command.summary) summary += c == ':' ? ',' : c;
    commands += "    " + ShellQuoted(std::string(command.name) + ":" + summary) + "\n";
    cases += "    " + std::string(command.name) + ") _arguments $globals" + ZshFlags(command.flags);
    if (TakesApp(command)) {
      cases += " '*:app:_tfgrid_compose_apps'";
    } else if (!command.positionals.empty()) {
      const std::string choices = BashChoices(command.positionals.front().kind);
      cases += choices.empty() ? " '*:file:_files'" : " '*:value:(" + choices + ")'";
    }
    cases += " ;;\n";
  }
  return R"sh(#compdef tfgrid-compose
# zsh completion for tfgrid-compose; load it with: source <(tfgrid-compose completion zsh)
_tfgrid_compose_apps() {
  local -a apps
  apps=(${(f)"$()sh" +
         std::string(kListApps) + R"sh()"})
  compadd -a apps
}
_tfgrid_compose() {
  local -a commands globals
  local context state line
  globals=()sh" +
         ZshFlags(GlobalFlags()) + R"sh()
  commands=(
)sh" + commands +
         R"sh(  )
  _arguments -C $globals '1:command:->command' '*::argument:->argument'
  case "$state" in
    command) _describe command commands; return ;;
  esac
  case "$words[1]" in
)sh" + cases +
         R"sh(  esac
}
compdef _tfgrid_compose tfgrid-compose
)sh";
}

std::string FishFlag(const FlagSpec& flag, std::string_view condition) {
  std::string line = "complete -c tfgrid-compose" + std::string(condition) + " -l " +
                     std::string(flag.name.substr(2));
  if (!flag.alias.empty()) line += " -s " + std::string(flag.alias.substr(1));
  if (flag.kind == ValueKind::kPath) {
    line += " -r -F";
  } else if (flag.kind != ValueKind::kNone) {
    line += " -x";
    if (const std::string choices = BashChoices(flag.kind); !choices.empty()) {
      line += " -a " + ShellQuoted(choices);
    }
  }
  return line + " -d " + ShellQuoted(flag.help) + "\n";
}

std::string FishScript() {
  std::string text =
      "# fish completion for tfgrid-compose; load it with: tfgrid-compose completion fish | "
      "source\ncomplete -c tfgrid-compose -f\n";
  for (const FlagSpec& flag : GlobalFlags()) text += FishFlag(flag, "");
  for (const CommandSpec& command : Commands()) {
    if (command.audience != CommandAudience::kPublic) continue;
    const std::string name(command.name);
    text += "complete -c tfgrid-compose -n __fish_use_subcommand -a " + name + " -d " +
            ShellQuoted(command.summary) + "\n";
    const std::string seen = " -n '__fish_seen_subcommand_from " + name + "'";
    for (const FlagSpec& flag : command.flags) text += FishFlag(flag, seen);
    if (command.positionals.empty()) continue;
    const ValueKind kind = command.positionals.front().kind;
    if (TakesApp(command)) {
      text += "complete -c tfgrid-compose" + seen + " -a '(";
      for (const char c : kListApps) text += c == '\'' ? std::string("\\'") : std::string(1, c);
      text += ")'\n";
    } else if (kind == ValueKind::kPath) {
      text += "complete -c tfgrid-compose" + seen + " -F\n";
    } else {
      text += "complete -c tfgrid-compose" + seen + " -a " + ShellQuoted(BashChoices(kind)) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string UsageLine(const CommandSpec* command) {
  if (command == nullptr) return "tfgrid-compose COMMAND [ARGUMENTS...] [FLAGS...]";
  std::string line = std::string(kProgram) + " " + std::string(command->name);
  for (const PositionalSpec& positional : command->positionals) {
    if (positional.rest && positional.min > 0) line += " --";
    line += " " + PositionalUsage(positional);
  }
  for (const FlagSpec& flag : command->flags) {
    line += flag.required ? " " + FlagUsage(flag) : " [" + FlagUsage(flag) + "]";
  }
  return line;
}

std::string HelpText(const CommandSpec* command) {
  if (command == nullptr) return ProgramHelp();
  std::string text = std::string(command->summary) + ".\n\nUsage: " + UsageLine(command) + "\n";
  if (!command->flags.empty()) text += "\nFlags:\n" + FlagsHelp(command->flags);
  text += "\nFlags of all commands:\n" + FlagsHelp(GlobalFlags());
  if (!command->example.empty()) text += "\nExample:\n  " + std::string(command->example) + "\n";
  return text;
}

std::string UsageErrorText(const UsageError& error) {
  std::string text = "error: " + error.message + "\nusage: " + UsageLine(error.command) + "\n";
  if (error.command != nullptr) {
    return text + "more: tfgrid-compose " + std::string(error.command->name) + " --help\n";
  }
  return text + "commands: " + Join(PublicNames(), " ") + "\nmore: tfgrid-compose --help\n";
}

std::string CompletionScript(std::string_view shell) {
  if (shell == "zsh") return ZshScript();
  if (shell == "fish") return FishScript();
  return BashScript();
}

}  // namespace gitops

// The table of commands and flags: the one place that names them. The parser, the help texts, the
// completion scripts and the check of docs/cli.md are all made from it. Constant data.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace gitops {

/// What a positional argument or a flag's value is; decides its check and its completion.
enum class ValueKind {
  kNone,         ///< A switch.
  kApp,          ///< "name" or "environment/name".
  kName,         ///< Name of a source or an environment.
  kPath,         ///< File or directory.
  kText,         ///< Anything.
  kPositive,     ///< 1 to 1,000,000,000.
  kFormat,       ///< text, json, yaml.
  kLogLevel,     ///< trace, debug, info, warning, error, off.
  kShell,        ///< bash, zsh, fish.
  kTokenTask,    ///< create, list, revoke.
  kAuditTask,    ///< list, verify.
  kWebhookTask,  ///< url, test.
  kRole,         ///< viewer, deployer, admin.
  kDuration,     ///< "90d", "12h": from a minute to ten years.
  kAppGlob,      ///< A glob of environment/name.
  kCommandName,  ///< A command of the manifest.
};

struct FlagSpec {
  std::string_view name;   ///< "--dry-run"
  std::string_view alias;  ///< "-o", or "".
  ValueKind kind = ValueKind::kNone;
  std::string_view value;  ///< "FILE": how the value is called in usage lines; "" for switches.
  std::string_view help;   ///< One line, without a full stop.
  bool required = false;
};

struct PositionalSpec {
  std::string_view name;  ///< "APP"
  ValueKind kind = ValueKind::kText;
  int min = 1;
  int max = 1;        ///< -1: any number.
  bool rest = false;  ///< Takes everything that follows as it is, flags too (`exec`, `run`).
};

/// Who shows a command: help and completion list only public ones.
enum class CommandAudience {
  kPublic,
  kLater,   ///< A known name that this version does not carry out.
  kHidden,  ///< For the engine itself.
};

struct CommandSpec {
  std::string_view name;
  std::string_view summary;  ///< One line, without a full stop.
  std::string_view example;  ///< A line to copy.
  std::vector<PositionalSpec> positionals;
  std::vector<FlagSpec> flags;
  CommandAudience audience = CommandAudience::kPublic;
};

/// A name of the former bash tool, or one that people try, and what it is here.
struct FormerCommand {
  std::string_view name;
  std::string_view instead;  ///< "use: tfgrid-compose status APP"
};

/// All commands, in the order in which help lists them.
const std::vector<CommandSpec>& Commands();

/// Flags that every command takes, before and after its name.
const std::vector<FlagSpec>& GlobalFlags();

/// Names that are no commands here, with what to use instead.
std::span<const FormerCommand> FormerCommands();

/// The command called `name` (`ps` is `status`), or null.
const CommandSpec* FindCommand(std::string_view name);

/// The words that a value of this kind may be; empty when it is free.
std::span<const std::string_view> Choices(ValueKind kind);

}  // namespace gitops

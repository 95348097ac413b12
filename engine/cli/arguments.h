// Arguments: the command line, parsed and checked. Nothing is done here: a wrong use is found
// before anything is opened. arguments.cc is the only file that sees CLI11. Pure, no threads.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/log.h"
#include "engine/cli/command_table.h"

namespace gitops {

/// Exit codes; they are part of the contract with scripts.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitChangesPending = 2;  ///< Only with --detailed-exitcode.
inline constexpr int kExitUsage = 64;
inline constexpr int kExitInterrupted = 130;

enum class OutputFormat { kText, kJson, kYaml };

struct Arguments {
  const CommandSpec* command = nullptr;  ///< Null: only --help or --version was asked for.
  bool help = false;
  bool version = false;

  std::string config_file;  ///< "" when not given.
  std::string state_dir;    ///< "" when not given.
  OutputFormat output = OutputFormat::kText;
  bool stats = false;
  std::optional<LogLevel> log_level;  ///< None: what suits the command.
  bool no_color = false;

  std::vector<std::string> positionals;  ///< Apps, paths, a file, a shell: as the command has them.
  std::vector<std::string> rest;         ///< What `exec` and `run` hand on.
  std::string source;
  std::string environment;
  std::string reason;
  std::string role;      ///< Of a new token.
  std::string app_glob;  ///< Of a new token; "" for all apps.
  std::string name;      ///< Of a new token.
  std::optional<std::chrono::milliseconds> expires;
  std::optional<int> to;
  int run = 0;
  int limit = 100;
  bool dry_run = false;
  bool detailed_exitcode = false;
  bool prune = false;
  bool full = false;
  bool revert = false;
  bool yes = false;
  bool follow = false;

  /// The first positional, or "".
  std::string First() const { return positionals.empty() ? std::string() : positionals.front(); }
};

/// A wrong use of the command line: exit code 64.
struct UsageError {
  std::string message;  ///< One line without user-made control bytes; names the culprit.
  const CommandSpec* command = nullptr;  ///< Whose usage line helps; null: the program's.
};

using ParseOutcome = std::variant<Arguments, UsageError>;

/// Parses argv without its first element. `help COMMAND` is `COMMAND --help`.
ParseOutcome ParseArguments(const std::vector<std::string>& given);

}  // namespace gitops

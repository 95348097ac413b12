// Usage: help texts and completion scripts, made from the table of commands. Pure.
#pragma once

#include <string>

#include "engine/cli/arguments.h"

namespace gitops {

/// "tfgrid-compose rollback APP [--to N] [--dry-run] [--revert]"; for null the program's own line.
std::string UsageLine(const CommandSpec* command);

/// What --help prints: for one command, or (null) for the program.
std::string HelpText(const CommandSpec* command);

/// What a wrong use prints on standard error: the message, the usage line, where to read more.
std::string UsageErrorText(const UsageError& error);

/// A completion script. REQUIRES: shell is "bash", "zsh" or "fish".
std::string CompletionScript(std::string_view shell);

}  // namespace gitops

// Argument checks: what a value, a flag and a command's words must be, by the table of commands.
// Made for arguments.cc. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cli/arguments.h"

namespace gitops {

/// What the words say before anything is typed: values by flag name, and the rest.
struct RawWords {
  const CommandSpec* command = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> flags;
  std::vector<std::string> positionals;
  std::vector<std::string> rest;
};

/// `word` for a message: quoted, escaped, and cut when it is long.
std::string QuoteWord(std::string_view word);

/// The flag called `word` ("--to", "-o"), of all commands or of this one (may be null); or null.
const FlagSpec* FindFlag(const CommandSpec* command, std::string_view word);

/// Checks the values of flags, and that required ones are there. REQUIRES: a command.
std::optional<UsageError> CheckFlags(const RawWords& raw);

/// Checks the other words: how many, and what they may be. REQUIRES: a command.
std::optional<UsageError> CheckPositionals(const RawWords& raw);

}  // namespace gitops

// Env files: strict lines of NAME=VALUE, as `env_file` of a manifest names them. Nothing is
// expanded and nothing is run: the file is data. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

inline constexpr std::size_t kLargestEnvFile = 1024 * 1024;
inline constexpr std::size_t kMostEnvEntries = 1000;

struct EnvFileEntry {
  std::string name;
  std::string value;
  int line = 0;

  bool operator==(const EnvFileEntry&) const = default;
};

/// Reads an env file. Empty lines and lines that begin with # are skipped; `export ` in front of a
/// name is skipped too. A value is
///   plain      up to the end of the line or to " #", without the white space around it;
///   'quoted'   taken as it is;
///   "quoted"   with \n, \t, \", \\, \$ and \` as escapes.
/// `$` stays a dollar sign in all three. Names hold A-Z a-z 0-9 _ and must not be reserved. Errors:
/// kInvalid with every problem, each with its line; values are never quoted in a message.
Result<std::vector<EnvFileEntry>> ParseEnvFile(std::string_view text, std::string_view file);

}  // namespace gitops

// Pattern: a directory of data that says how a kind of app runs, read from its pattern.yaml.
// The format is described in patterns/PATTERN_CONTRACT.md. Pure: reads through FileTree.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/model/phase.h"
#include "engine/model/value.h"

namespace gitops {

enum class VariableType { kBoolean, kInteger, kString, kIntegerList, kStringList };

/// One variable of a pattern, where its value comes from and who consumes it.
struct PatternVariable {
  std::string name;
  VariableType type = VariableType::kString;
  std::string unit;  ///< "cores", "MB", "GB", "" …: for messages.
  std::string description;
  std::optional<Value> default_value;
  bool required = false;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  std::vector<std::string> options;
  std::vector<std::string> from;  ///< Manifest paths, the first that is set wins.
  /// Manifest paths of a floor: a value below the first of them that is set is refused.
  std::vector<std::string> minimum_from;
  std::vector<Phase> phases;  ///< Who consumes it.
  Location location;          ///< In pattern.yaml.
};

/// How one phase of a provider is carried out.
struct PatternStep {
  std::string step;       ///< Name in its address: "host", "wireguard", "playbook", …
  std::string driver;     ///< Name of the driver.
  std::string directory;  ///< In the pattern; its tree is an input. "" when there is none.
  std::map<std::string, std::string> parameters;
  ObjectId tree;    ///< Of the directory.
  ObjectId script;  ///< Of the file in the parameter "script", when it lies outside the directory.
};

struct PatternHost {
  std::string name;
  std::string role;
};

struct PatternProvider {
  std::string name;
  std::map<Phase, PatternStep> phases;  ///< Infrastructure (always there), network, platform.
};

struct Pattern {
  std::string name;
  std::string version;
  std::string description;
  std::vector<PatternVariable> variables;
  std::map<std::string, PatternProvider> providers;
  std::vector<PatternHost> hosts;             ///< Hosts that get the app's steps; at least one.
  std::vector<std::string> required_outputs;  ///< Of the infrastructure step.
  ObjectId tree;                              ///< Of the pattern's directory.
  std::string origin;       ///< Where it was found, for people: a directory or a source.
  Diagnostics diagnostics;  ///< Notes and warnings: keys of the old generation without effect.
};

/// The file that makes a directory a pattern.
inline constexpr std::string_view kPatternFile = "pattern.yaml";

/// The `apiVersion` of the present generation; the old one has none.
inline constexpr std::string_view kPatternApiVersion = "tfgrid-compose/v1";

/// A pattern.yaml beyond this size is refused before it is read.
inline constexpr std::size_t kMaxPatternBytes = 256U * 1024U;

/// Reads and checks a pattern directory. `origin` names it in diagnostics; an error holds all
/// problems. Errors: kInvalid, kNotFound (no pattern.yaml).
Result<Pattern> LoadPattern(const FileTree& files, const std::string& origin);

}  // namespace gitops

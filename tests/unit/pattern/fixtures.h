// What the tests of this folder build on: a pattern, an app and its expansion, each with small
// changes. Everything lives in memory.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/pattern/expand.h"
#include "engine/pattern/pattern.h"
#include "tests/support/memory_tree.h"

namespace gitops {

inline const char kPatternYaml[] = R"(apiVersion: tfgrid-compose/v1
name: box
version: 1.2.0
description: One machine.
variables:
  memory:
    type: integer
    unit: MB
    default: 4096
    min: 256
    max: 65536
    from: [resources.vm.memory, resources.memory.recommended]
    minimum_from: [resources.memory.min]
  color:
    type: string
    default: red
    options: [red, green]
    from: [config.color]
    phases: [platform]
providers:
  local:
    infrastructure: {driver: local}
    platform: {driver: script, parameters: {script: platform/prepare.sh}}
)";

inline MemoryTree PatternFiles(const std::string& yaml = kPatternYaml) {
  return MemoryTree(
      {{"pattern.yaml", yaml}, {"platform/prepare.sh", {"echo prepare", EntryKind::kExecutable}}});
}

inline MemoryTree AppFiles() {
  return MemoryTree({{"tfgrid-compose.yaml", "name: web"},
                     {"README.md", "read me"},
                     {"src/main.py", "print(1)"},
                     {"deployment/setup.sh", {"echo setup", EntryKind::kExecutable}},
                     {"deployment/configure.sh", {"echo configure", EntryKind::kExecutable}},
                     {"deployment/healthcheck.sh", {"echo check", EntryKind::kExecutable}},
                     {"deployment/web.service", "[Unit]"}});
}

/// An app and everything that its expansion needs.
struct Sample {
  Manifest manifest;
  MemoryTree app_files = AppFiles();
  MemoryTree pattern_files = PatternFiles();
  std::string provider = "local";
  std::map<std::string, Value> overrides;
  AppVariables variables;
  AppId app{"production", "web"};
  std::string digest_key = "key";
  std::string revision = std::string(40, 'a');

  Sample() {
    manifest.name = "web";
    manifest.version = "1.10";
    manifest.pattern = "box";
    Set("TZ", "Europe/Brussels");
    Set("TOKEN", "hunter2", true);
  }

  void Set(const std::string& name, const std::string& value, bool secret = false) {
    auto& values = variables.values;
    for (AppVariable& variable : values) {
      if (variable.name == name) {
        variable.value = Secret(value);
        return;
      }
    }
    values.push_back({name, Secret(value), secret, "environment"});
    std::sort(values.begin(), values.end(),
              [](const AppVariable& a, const AppVariable& b) { return a.name < b.name; });
  }

  Result<DesiredState> Expand() const {
    const Result<Pattern> pattern = LoadPattern(pattern_files, "patterns/box");
    if (!pattern) return pattern.error();
    return gitops::Expand({app, Revision{"main", *ObjectId::FromHex(revision)}, manifest, app_files,
                           *pattern, pattern_files, provider, overrides, variables, digest_key});
  }

  /// REQUIRES: it expands.
  DesiredState State() const {
    Result<DesiredState> state = Expand();
    if (!state) {
      ADD_FAILURE() << state.error().ToString();
      return {};
    }
    return *std::move(state);
  }

  /// REQUIRES: it does not expand.
  Diagnostics Problems() const {
    Result<DesiredState> state = Expand();
    if (state) {
      ADD_FAILURE() << "expanded, but should not";
      return {};
    }
    return state.error().diagnostics;
  }
};

inline const Step& StepOf(const DesiredState& state, std::string_view address) {
  const auto parsed = ParseStepAddress(address);
  const Step* step = parsed ? state.Find(*parsed) : nullptr;
  EXPECT_NE(step, nullptr) << address;
  static const Step kNone;
  return step == nullptr ? kNone : *step;
}

inline std::vector<std::string> Addresses(const DesiredState& state) {
  std::vector<std::string> addresses;
  for (const Step& step : state.steps) addresses.push_back(step.address.ToString());
  return addresses;
}

inline std::vector<std::string> InputNames(const Step& step) {
  std::vector<std::string> names;
  for (const Input& input : step.inputs) names.push_back(input.name);
  return names;
}

inline Input InputOf(const Step& step, std::string_view name) {
  for (const Input& input : step.inputs) {
    if (input.name == name) return input;
  }
  ADD_FAILURE() << "no input " << name << " in " << step.address.ToString();
  return {};
}

/// Name and digest of each input: what decides whether a step runs.
inline std::map<std::string, std::string> Digests(const Step& step) {
  std::map<std::string, std::string> digests;
  for (const Input& input : step.inputs) digests[input.name] = input.digest;
  return digests;
}

/// The addresses of steps whose inputs differ, or that only one of both has.
inline std::set<std::string> Affected(const DesiredState& from, const DesiredState& to) {
  std::set<std::string> affected;
  for (const auto& [a, b] : {std::pair(&from, &to), std::pair(&to, &from)}) {
    for (const Step& step : a->steps) {
      const Step* other = b->Find(step.address);
      if (other == nullptr || Digests(*other) != Digests(step)) {
        affected.insert(step.address.ToString());
      }
    }
  }
  return affected;
}

inline std::string Texts(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += diagnostic.ToString() + "\n";
  return text;
}

}  // namespace gitops

// Patterns of both generations, and the expansion of a fixed app with each of their providers: it
// is deterministic, its steps are in order, name earlier steps only and survive their JSON.
#include "engine/pattern/pattern.h"

#include <set>
#include <string>

#include "engine/model/codec.h"
#include "engine/pattern/expand.h"
#include "sources/manifest_parser.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"
#include "tests/support/memory_tree.h"

namespace gitops::fuzz {
namespace {

constexpr std::string_view kManifest = R"(name: web
version: "1.10"
pattern: box
config: {cpu: 2}
resources: {vm: {memory: 2048}, memory: {min: 512, recommended: 1024}, disk: 30}
nodes: {backend: [8, 13]}
network: {provision: wireguard}
environment: [{name: TZ, default: Europe/Brussels}]
healthchecks: [{tcp: "127.0.0.1:8080"}]
)";

MemoryTree PatternFiles(std::string_view yaml) {
  return MemoryTree({{"pattern.yaml", std::string(yaml)},
                     {"infrastructure/main.tf", "variable \"cpu\" {}\n"},
                     {"infrastructure/local/size.yaml", "cpu: 1\n"},
                     {"network/wireguard.sh", {"echo wg\n", EntryKind::kExecutable}},
                     {"platform/site.yml", "- hosts: all\n"},
                     {"platform/prepare.sh", {"echo prepare\n", EntryKind::kExecutable}}});
}

MemoryTree AppFiles() {
  return MemoryTree({{"tfgrid-compose.yaml", std::string(kManifest)},
                     {"src/main.py", "print(1)\n"},
                     {"deployment/setup.sh", {"#!/bin/sh\n", EntryKind::kExecutable}},
                     {"deployment/configure.sh", {"#!/bin/sh\n", EntryKind::kExecutable}}});
}

struct World {
  Manifest manifest = ParseManifest(kManifest, "tfgrid-compose.yaml").value().manifest;
  MemoryTree app_files = AppFiles();
  std::map<std::string, Value> overrides{{"memory", std::int64_t{4096}}};
  AppVariables variables{{{"TZ", Secret("Europe/Brussels"), false, "environment"}}, {}};

  Result<DesiredState> Expand(const Pattern& pattern, const MemoryTree& files,
                              const std::string& provider) const {
    return gitops::Expand({AppId{"production", "web"},
                           Revision{"main", *ObjectId::FromHex(std::string(40, 'a'))}, manifest,
                           app_files, pattern, files, provider, overrides, variables, "key"});
  }
};

std::string StepsOf(const Result<DesiredState>& state) {
  if (!state) return "refused\n" + WhatTheySay(state.error().diagnostics);
  std::string text = state->Digest() + "\n";
  for (const Step& step : state->steps) text += EncodeStep(step) + "\n";
  return text;
}

void CheckSteps(const DesiredState& state) {
  std::set<StepAddress> seen;
  for (const Step& step : state.steps) {
    Require(seen.empty() || *seen.rbegin() < step.address, "steps are sorted and unique",
            step.address.ToString());
    const auto address = ParseStepAddress(step.address.ToString());
    Require(address && *address == step.address, "an address survives its text",
            step.address.ToString());
    const Result<Step> decoded = DecodeStep(EncodeStep(step));
    Require(decoded && *decoded == step, "a step survives its JSON", EncodeStep(step));
    for (const OutputRef& ref : step.consumes) {
      Require(ref.step != step.address && state.Find(ref.step) != nullptr,
              "a step consumes outputs of other steps of the app", EncodeStep(step));
    }
    for (const StepAddress& before : step.after) {
      Require(before != step.address && state.Find(before) != nullptr,
              "a step comes after other steps of the app", EncodeStep(step));
    }
    seen.insert(step.address);
  }
}

}  // namespace

void FuzzPattern(std::string_view bytes) {
  static const World world;
  const MemoryTree files = PatternFiles(bytes);
  const Result<Pattern> pattern = LoadPattern(files, "patterns/box");
  const Diagnostics& complaints = pattern ? pattern->diagnostics : pattern.error().diagnostics;
  RequirePlacesInside(complaints, bytes, "patterns/box/pattern.yaml");
  Require(HasErrors(complaints) == !pattern.has_value(), "errors refuse a pattern");

  const std::string reformatted = Reformat(bytes);
  if (!pattern) return;
  Require(!pattern->hosts.empty(), "a pattern has a host");
  const MemoryTree other_files = PatternFiles(reformatted);
  const Result<Pattern> other = LoadPattern(other_files, "patterns/box");
  Require(other.has_value(), "formatting refuses no pattern", reformatted);
  for (const auto& [name, provider] : pattern->providers) {
    const Result<DesiredState> state = world.Expand(*pattern, files, name);
    if (state) CheckSteps(*state);
    Require(StepsOf(state) == StepsOf(world.Expand(*pattern, files, name)),
            "expanding twice gives the same steps");
    Require(StepsOf(state) == StepsOf(world.Expand(*other, other_files, name)),
            "formatting changes no step", reformatted);
  }
}

}  // namespace gitops::fuzz

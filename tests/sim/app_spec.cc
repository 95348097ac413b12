#include "tests/sim/app_spec.h"

namespace gitops::sim {
namespace {

MemoryFile Script(const std::string& text) {
  return MemoryFile("#!/bin/sh\n# " + text + "\n", EntryKind::kExecutable);
}

std::string PatternText(const std::string& name, int version) {
  std::string text = "apiVersion: tfgrid-compose/v1\nname: " + name + "\nversion: \"" +
                     std::to_string(version) + "\"\ndescription: For the simulator\nvariables:\n" +
                     "  memory: {type: integer, unit: MB, default: 1024, min: 64," +
                     " from: [resources.memory], phases: [infrastructure]}\nproviders:\n  local:\n";
  const std::string parameters =
      version > 1 ? ", parameters: {generation: \"" + std::to_string(version) + "\"}" : "";
  if (name == "vm") return text + "    infrastructure: {driver: local" + parameters + "}\n";
  text += "    infrastructure: {driver: metal}\n    network: {driver: net" + parameters + "}\n";
  if (name == "pair") text += "hosts: [{name: one}, {name: two}]\n";
  return text;
}

}  // namespace

MemoryTree AppSpec::Tree() const {
  std::string manifest = "name: " + name + "\nversion: 1.0.0\npattern: " + pattern +
                         "\nresources: {memory: " + std::to_string(memory) + "}\nenvironment:\n" +
                         "  - {name: GREETING, default: \"" + greeting + "\"}\n" +
                         "  - {name: PASSWORD, secret: true, required: true}\n";
  if (!depends_on.empty()) {
    manifest += "depends_on: [";
    for (const std::string& other : depends_on)
      manifest += (&other == &depends_on[0] ? "" : ", ") + other;
    manifest += "]\n";
  }
  if (!broken.empty()) manifest = "name: " + name + "\n" + broken + "\n";
  MemoryTree tree({{"tfgrid-compose.yaml", manifest},
                   {"deployment/setup.sh", Script(setup)},
                   {"deployment/configure.sh", Script(configure)},
                   {"deployment/healthcheck.sh", Script(check)},
                   {"src/index.html", page}});
  return teardown ? tree.With("deployment/teardown.sh", Script("teardown")) : tree;
}

MemoryTree RepositoryOf(const std::map<std::string, AppSpec>& apps, int pattern_version) {
  MemoryTree tree;
  for (const char* name : {"vm", "metal", "pair"}) {
    tree = tree.With("patterns/" + std::string(name) + "/pattern.yaml",
                     PatternText(name, pattern_version));
  }
  for (const auto& [name, app] : apps) tree = tree.WithTree(app.directory, app.Tree());
  return tree;
}

}  // namespace gitops::sim

// Patterns of the old generation, as the bash tool shipped them, load unchanged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/pattern/pattern.h"
#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

MemoryTree OldFiles(const std::string& yaml) {
  return MemoryTree({{"pattern.yaml", yaml},
                     {"infrastructure/main.tf", "tofu"},
                     {"platform/site.yml", "plays"},
                     {"scripts/connect.sh", "ssh"}});
}

Pattern Loaded(const MemoryTree& files) {
  const Result<Pattern> pattern = LoadPattern(files, "patterns/old");
  EXPECT_TRUE(pattern) << (pattern ? "" : Texts(pattern.error().diagnostics));
  return pattern ? *pattern : Pattern();
}

std::vector<std::string> Names(const Pattern& pattern) {
  std::vector<std::string> names;
  for (const PatternVariable& variable : pattern.variables) names.push_back(variable.name);
  return names;
}

const PatternVariable& VariableOf(const Pattern& pattern, const std::string& name) {
  for (const PatternVariable& variable : pattern.variables) {
    if (variable.name == name) return variable;
  }
  ADD_FAILURE() << "no variable " << name;
  static const PatternVariable kNone;
  return kNone;
}

TEST(OldPatternTest, BecomesTheProviderGrid) {
  const MemoryTree files = OldFiles("name: old\nversion: 1.0.0\ndescription: text\n");
  const Pattern pattern = Loaded(files);
  EXPECT_EQ(pattern.version, "1.0.0");
  ASSERT_THAT(pattern.providers, SizeIs(1));
  const auto& phases = pattern.providers.at("grid").phases;
  EXPECT_EQ(phases.at(Phase::kInfrastructure).driver, "opentofu");
  EXPECT_EQ(phases.at(Phase::kInfrastructure).tree, files.Subtree("infrastructure")->Id());
  EXPECT_EQ(phases.at(Phase::kNetwork).driver, "wireguard");
  EXPECT_EQ(phases.at(Phase::kPlatform).driver, "ansible");
  EXPECT_EQ(phases.at(Phase::kPlatform).parameters.at("playbook"), "platform/site.yml");
  EXPECT_EQ(phases.at(Phase::kPlatform).tree, files.Subtree("platform")->Id());
  EXPECT_THAT(pattern.diagnostics, IsEmpty());
}

TEST(OldPatternTest, DefaultsOfOneMachineBecomeVariables) {
  const Pattern pattern = Loaded(
      OldFiles("name: old\nversion: 1.0.0\ndefaults:\n  cpu: 2\n  memory: 4096\n  disk: 50\n"));
  EXPECT_THAT(Names(pattern),
              ElementsAre("vm_cpu", "vm_mem", "vm_disk", "vm_node", "provision", "prefer"));
  const PatternVariable& memory = VariableOf(pattern, "vm_mem");
  EXPECT_EQ(memory.default_value, Value(std::int64_t{4096}));
  EXPECT_THAT(memory.from, ElementsAre("resources.vm.memory", "resources.memory.recommended",
                                       "resources.memory", "config.memory"));
  EXPECT_THAT(memory.minimum_from, ElementsAre("resources.memory.min"));
  EXPECT_EQ(memory.max, 262144);
}

TEST(OldPatternTest, DefaultsPerRoleBecomeVariablesOfThatRole) {
  const Pattern pattern = Loaded(OldFiles(R"(name: old
version: 1.0.0
defaults:
  edge: {cpu: 2, memory: 4096, disk: 50}
  backend: {cpu: 1, memory: 2048, count: 2}
)"));
  EXPECT_THAT(Names(pattern), ElementsAre("edge_cpu", "edge_mem", "edge_disk", "edge_node",
                                          "internal_cpu", "internal_mem", "internal_count",
                                          "internal_nodes", "provision", "prefer"));
  EXPECT_THAT(
      VariableOf(pattern, "internal_cpu").from,
      ElementsAre("resources.backend.cpu", "resources.internal.cpu", "resources.backends.cpu"));
  EXPECT_THAT(VariableOf(pattern, "internal_nodes").from,
              ElementsAre("nodes.backend", "nodes.internal", "nodes.backends"));
  EXPECT_EQ(VariableOf(pattern, "internal_nodes").type, VariableType::kIntegerList);
}

TEST(OldPatternTest, KeysWithoutEffectAndUnknownOnesAreNotes) {
  const Pattern pattern = Loaded(OldFiles(R"(name: old
version: 1.0.0
provides: [ssh]
stages: {1_infrastructure: {tool: terraform}}
features: [a]
commands: [logs]
defualts: {cpu: 2}
)"));
  EXPECT_THAT(pattern.diagnostics, SizeIs(4)) << Texts(pattern.diagnostics);
  for (const Diagnostic& note : pattern.diagnostics) EXPECT_EQ(note.severity, Severity::kNote);
  EXPECT_THAT(Texts(pattern.diagnostics), HasSubstr("did you mean \"defaults\"?"));
}

TEST(OldPatternTest, WithoutAPlaybookThereIsNoPlatform) {
  const Pattern pattern = Loaded(OldFiles("name: old\nversion: 1\n").Without("platform/site.yml"));
  EXPECT_EQ(pattern.providers.at("grid").phases.count(Phase::kPlatform), 0U);
}

TEST(OldPatternTest, ProblemsAreReportedTogether) {
  const Result<Pattern> pattern =
      LoadPattern(MemoryTree({{"pattern.yaml", "name: Old\ndefaults: {cpu: two}\n"}}), "old");
  ASSERT_FALSE(pattern);
  const std::string text = Texts(pattern.error().diagnostics);
  EXPECT_THAT(pattern.error().diagnostics, SizeIs(4)) << text;
  EXPECT_THAT(text, HasSubstr("old/pattern.yaml:1:7: value not allowed"));
  EXPECT_THAT(text, HasSubstr("\"version\" is required"));
  EXPECT_THAT(text, HasSubstr("old/pattern.yaml:2:17: wrong type"));
  EXPECT_THAT(text, HasSubstr("infrastructure/main.tf"));
}

}  // namespace
}  // namespace gitops

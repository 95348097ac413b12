#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/pattern/pattern.h"
#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

Pattern Loaded(const MemoryTree& files) {
  const Result<Pattern> pattern = LoadPattern(files, "patterns/box");
  EXPECT_TRUE(pattern) << (pattern ? "" : Texts(pattern.error().diagnostics));
  return pattern ? *pattern : Pattern();
}

Diagnostics Problems(const MemoryTree& files) {
  const Result<Pattern> pattern = LoadPattern(files, "patterns/box");
  EXPECT_FALSE(pattern);
  return pattern ? Diagnostics() : pattern.error().diagnostics;
}

/// A pattern whose variable or provider has these lines.
std::string WithVariable(const std::string& body) {
  return "apiVersion: tfgrid-compose/v1\nname: box\nversion: 1\nvariables:\n  size: {" + body +
         "}\nproviders: {local: {infrastructure: {driver: local}}}\n";
}
std::string WithProvider(const std::string& body) {
  return "apiVersion: tfgrid-compose/v1\nname: box\nversion: 1\nproviders: {" + body + "}\n";
}

TEST(LoadPatternTest, ReadsEverything) {
  const MemoryTree files = PatternFiles();
  const Pattern pattern = Loaded(files);
  EXPECT_EQ(pattern.name, "box");
  EXPECT_EQ(pattern.version, "1.2.0");
  EXPECT_EQ(pattern.description, "One machine.");
  EXPECT_EQ(pattern.origin, "patterns/box");
  EXPECT_EQ(pattern.tree, files.Id());
  ASSERT_THAT(pattern.variables, SizeIs(2));
  const PatternVariable& memory = pattern.variables[0];
  EXPECT_EQ(memory.type, VariableType::kInteger);
  EXPECT_EQ(memory.unit, "MB");
  EXPECT_EQ(memory.default_value, Value(std::int64_t{4096}));
  EXPECT_EQ(memory.min, 256);
  EXPECT_EQ(memory.max, 65536);
  EXPECT_EQ(memory.from,
            (std::vector<std::string>{"resources.vm.memory", "resources.memory.recommended"}));
  EXPECT_EQ(memory.minimum_from, std::vector<std::string>{"resources.memory.min"});
  EXPECT_EQ(memory.phases, std::vector<Phase>{Phase::kInfrastructure});
  EXPECT_EQ(memory.location.ToString(), "patterns/box/pattern.yaml:6:3");
  EXPECT_EQ(pattern.variables[1].phases, std::vector<Phase>{Phase::kPlatform});
  ASSERT_THAT(pattern.hosts, SizeIs(1));
}

TEST(LoadPatternTest, StepsHaveUsefulDefaults) {
  const Pattern pattern = Loaded(PatternFiles());
  const auto& phases = pattern.providers.at("local").phases;
  const PatternStep& infrastructure = phases.at(Phase::kInfrastructure);
  EXPECT_EQ(infrastructure.step, "host");
  EXPECT_EQ(infrastructure.directory, "");
  const PatternStep& platform = phases.at(Phase::kPlatform);
  EXPECT_EQ(platform.step, "script");
  EXPECT_EQ(platform.directory, "platform");
  EXPECT_EQ(platform.tree, PatternFiles().Subtree("platform")->Id());
  EXPECT_TRUE(platform.script.IsZero());  // It lies in the directory.
}

TEST(LoadPatternTest, ADirectoryOfTheProviderComesFirst) {
  const std::string yaml = WithProvider(
      "grid: {infrastructure: {driver: opentofu}, platform: {driver: ansible}}, "
      "cloud: {infrastructure: {driver: opentofu}, platform: {driver: ansible}}, "
      "local: {infrastructure: {driver: local}}");
  const Pattern pattern = Loaded(MemoryTree({{"pattern.yaml", yaml},
                                             {"infrastructure/main.tf", "1"},
                                             {"infrastructure/cloud/main.tf", "2"},
                                             {"platform/site.yml", "3"},
                                             {"platform/cloud/site.yml", "4"}}));
  const auto directory = [&pattern](const char* provider, Phase phase) {
    return pattern.providers.at(provider).phases.at(phase).directory;
  };
  EXPECT_EQ(directory("grid", Phase::kInfrastructure), "infrastructure");
  EXPECT_EQ(directory("grid", Phase::kPlatform), "platform");
  EXPECT_EQ(directory("cloud", Phase::kInfrastructure), "infrastructure/cloud");
  EXPECT_EQ(directory("cloud", Phase::kPlatform), "platform/cloud");
  EXPECT_EQ(directory("local", Phase::kInfrastructure), "");
}

TEST(LoadPatternTest, AScriptOutsideTheDirectoryIsAnInputOfItsOwn) {
  const std::string yaml = WithProvider(
      "local: {infrastructure: {driver: local}, platform: {driver: script, directory: platform, "
      "parameters: {script: bin/run.sh}}}");
  const MemoryTree files({{"pattern.yaml", yaml}, {"platform/x", "1"}, {"bin/run.sh", "2"}});
  EXPECT_EQ(Loaded(files).providers.at("local").phases.at(Phase::kPlatform).script,
            files.Find("bin/run.sh")->value().id);
}

TEST(LoadPatternTest, ReportsAllProblemsAtOnceWithTheirPlaces) {
  const Diagnostics problems =
      Problems(MemoryTree({{"pattern.yaml", R"(apiVersion: tfgrid-compose/v1
name: Box
versoin: 1
variables:
  memory: {type: integr, defualt: 1}
  disk: {type: integer, default: 5, min: 10}
providers:
  local:
    infrastructure: {driver: local, directory: gone}
    platfrom: {driver: script}
)"}}));
  const std::string text = Texts(problems);
  EXPECT_THAT(problems, SizeIs(7)) << text;
  EXPECT_THAT(text,
              AllOf(HasSubstr("pattern.yaml:2:7: value not allowed"),
                    HasSubstr("pattern.yaml:3:1: unknown key [versoin]"),
                    HasSubstr("did you mean \"version\"?"), HasSubstr("did you mean \"integer\"?"),
                    HasSubstr("did you mean \"default\"?"),
                    HasSubstr("pattern.yaml:6:34: default breaks the variable's own rule")));
  EXPECT_THAT(
      text,
      AllOf(
          HasSubstr(
              "pattern.yaml:9:48: directory not found [providers.local.infrastructure.directory]"),
          HasSubstr("did you mean \"platform\"?")));
  for (std::size_t i = 1; i < problems.size(); ++i) {
    EXPECT_LE(problems[i - 1].location.line, problems[i].location.line);
  }
}

TEST(LoadPatternTest, AForgottenApiVersionIsSaid) {
  std::string yaml = kPatternYaml;
  yaml.erase(0, yaml.find('\n') + 1);
  const Diagnostics problems = Problems(PatternFiles(yaml));
  ASSERT_THAT(problems, SizeIs(1)) << Texts(problems);
  EXPECT_EQ(problems[0].subject, "apiVersion");
  EXPECT_EQ(problems[0].hint, "add: apiVersion: tfgrid-compose/v1");
}

TEST(LoadPatternTest, OtherApiVersionsAreRefused) {
  std::string yaml = kPatternYaml;
  yaml.replace(yaml.find("/v1"), 3, "/v2");
  EXPECT_THAT(Texts(Problems(PatternFiles(yaml))), HasSubstr("tfgrid-compose/v2"));
}

TEST(LoadPatternTest, RulesMustFitTheirType) {
  const auto problem = [](const std::string& body) {
    return Texts(Problems(MemoryTree({{"pattern.yaml", WithVariable(body)}})));
  };
  EXPECT_THAT(problem("type: string, min: 1"), HasSubstr("rule does not fit the type"));
  EXPECT_THAT(problem("type: integer, options: [1]"), HasSubstr("rule does not fit the type"));
  EXPECT_THAT(problem("type: boolean, minimum_from: [a]"), HasSubstr("rule does not fit the type"));
  EXPECT_THAT(problem("type: integer, min: 3, max: 2"), HasSubstr("bounds contradict each other"));
  EXPECT_THAT(problem("type: integer, default: much"), HasSubstr("default has the wrong type"));
  EXPECT_THAT(problem("type: integer, default: {a: 1}"), HasSubstr("default has the wrong type"));
  EXPECT_THAT(problem("type: string, options: [a], default: b"), HasSubstr("own rule"));
  EXPECT_THAT(problem("type: string, phases: [app]"), HasSubstr("\"app\""));
}

TEST(LoadPatternTest, ReadsDefaultsOfAllTypes) {
  const auto value = [](const std::string& body) {
    const Pattern pattern = Loaded(MemoryTree({{"pattern.yaml", WithVariable(body)}}));
    if (pattern.variables.empty() || !pattern.variables[0].default_value)
      return std::string("none");
    return ToText(*pattern.variables[0].default_value);
  };
  EXPECT_EQ(value("type: boolean, default: true"), "true");
  EXPECT_EQ(value("type: string, default: 1.10"), "1.10");
  EXPECT_EQ(value("type: integers, default: [8, 13]"), "[8, 13]");
  EXPECT_EQ(value("type: strings, default: [a, b]"), "[a, b]");
  EXPECT_EQ(value("type: strings, default: []"), "[]");
  EXPECT_EQ(value("type: integer, unit: MB, default: 8GB"), "8192");
  EXPECT_EQ(value("type: integer, default: null"), "none");
}

TEST(LoadPatternTest, ScriptsMustBeFilesOfThePattern) {
  const auto problem = [](const std::string& parameters) {
    const std::string yaml = WithProvider(
        "local: {infrastructure: {driver: local}, platform: {driver: script" + parameters + "}}");
    return Texts(Problems(MemoryTree(
        {{"pattern.yaml", yaml}, {"platform/link", {"x", EntryKind::kSymlink}}, {"a/b", "1"}})));
  };
  EXPECT_THAT(problem(""), HasSubstr("needs the path of a script"));
  EXPECT_THAT(problem(", parameters: {script: gone.sh}"), HasSubstr("not a file of the pattern"));
  EXPECT_THAT(problem(", parameters: {script: ../x.sh}"), HasSubstr("script not found"));
  EXPECT_THAT(problem(", parameters: {script: platform/link}"), HasSubstr("a symbolic link"));
  EXPECT_THAT(problem(", parameters: {script: a}"), HasSubstr("a directory"));
  EXPECT_THAT(problem(", parameters: {script: a/b, destroy: gone.sh}"),
              HasSubstr("[providers.local.platform.parameters.destroy]"));
}

TEST(LoadPatternTest, ProvidersNeedAnInfrastructure) {
  EXPECT_THAT(Texts(Problems(MemoryTree({{"pattern.yaml", WithProvider("local: {}")}}))),
              HasSubstr("providers.local"));
  EXPECT_THAT(Texts(Problems(MemoryTree({{"pattern.yaml", WithProvider("")}}))),
              HasSubstr("without a provider"));
}

TEST(LoadPatternTest, HostsHaveNamesOfTheirOwn) {
  const std::string head = WithProvider("local: {infrastructure: {driver: local}}");
  const Pattern pattern = Loaded(MemoryTree(
      {{"pattern.yaml", head + "hosts: [{name: front, role: gateway}, {name: back}]\n"}}));
  ASSERT_THAT(pattern.hosts, SizeIs(2));
  EXPECT_EQ(pattern.hosts[0].role, "gateway");
  EXPECT_THAT(Texts(Problems(MemoryTree(
                  {{"pattern.yaml", head + "hosts: [{name: front}, {name: front}]\n"}}))),
              HasSubstr("host named twice"));
}

TEST(LoadPatternTest, FreeKeysAreFree) {
  const std::string yaml = std::string(kPatternYaml) + "x-team: [a, {b: c}]\n";
  EXPECT_TRUE(Loaded(PatternFiles(yaml)).diagnostics.empty());
}

TEST(LoadPatternTest, FilesThatAreNoPatternAreRefused) {
  const Result<Pattern> none = LoadPattern(MemoryTree({{"README", "x"}}), "patterns/box");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  const auto kind = [](const MemoryFile& file) {
    const Result<Pattern> pattern = LoadPattern(MemoryTree({{"pattern.yaml", file}}), "p");
    return pattern ? "loaded" : std::string(ToString(pattern.error().kind));
  };
  EXPECT_EQ(kind({"elsewhere.yaml", EntryKind::kSymlink}), "invalid");
  EXPECT_EQ(kind(std::string(kMaxPatternBytes + 1, '#')), "invalid");
  EXPECT_EQ(kind("name: [unclosed"), "invalid");
  EXPECT_EQ(kind(""), "invalid");
  EXPECT_EQ(kind("- a list"), "invalid");
  EXPECT_EQ(kind("apiVersion: tfgrid-compose/v1\nproviders: 3\nvariables: []\nhosts: {}\n"),
            "invalid");
}

}  // namespace
}  // namespace gitops

// What an expansion consists of: steps, drivers, parameters, edges, and its errors.
#include "engine/pattern/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/digest.h"
#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> After(const Step& step) {
  std::vector<std::string> names;
  for (const StepAddress& address : step.after) names.push_back(address.ToString());
  return names;
}

std::vector<std::string> Consumes(const Step& step) {
  std::vector<std::string> names;
  for (const OutputRef& ref : step.consumes) names.push_back(ref.InputName());
  return names;
}

ManifestHook Declared(const std::string& script) {
  ManifestHook hook;
  hook.script = script;
  hook.declared = true;
  hook.location = {"tfgrid-compose.yaml", 9, 3};
  return hook;
}

TEST(ExpandTest, MakesTheStepsOfAnApp) {
  const DesiredState state = Sample().State();
  EXPECT_THAT(Addresses(state),
              ElementsAre("infrastructure.host", "platform.script", "app.configure", "app.files",
                          "app.healthcheck", "app.setup"));
  EXPECT_EQ(state.app.ToString(), "production/web");
  EXPECT_EQ(state.app_version, "1.10");
  EXPECT_EQ(state.pattern, "box");
  EXPECT_EQ(state.pattern_version, "1.2.0");
  EXPECT_EQ(state.provider, "local");
  EXPECT_EQ(state.app_tree, AppFiles().Id());
  EXPECT_EQ(state.pattern_tree, PatternFiles().Id());
}

TEST(ExpandTest, StepsNameTheirDriversAndNature) {
  const DesiredState state = Sample().State();
  const auto driver = [&state](const char* address) { return StepOf(state, address).driver; };
  EXPECT_EQ(driver("infrastructure.host"), "local");
  EXPECT_EQ(driver("platform.script"), "script");
  EXPECT_EQ(driver("app.files"), "files");
  EXPECT_EQ(driver("app.setup"), "hook");
  EXPECT_EQ(driver("app.configure"), "hook");
  EXPECT_EQ(driver("app.healthcheck"), "healthcheck");
  EXPECT_EQ(StepOf(state, "app.files").nature, StepNature::kResource);
  EXPECT_EQ(StepOf(state, "app.setup").nature, StepNature::kHook);
  EXPECT_TRUE(StepOf(state, "app.healthcheck").after_any);
  EXPECT_FALSE(StepOf(state, "app.setup").after_any);
}

TEST(ExpandTest, InputsAreNamedAndSorted) {
  const DesiredState state = Sample().State();
  EXPECT_THAT(InputNames(StepOf(state, "infrastructure.host")), ElementsAre("variables.memory"));
  EXPECT_THAT(
      InputNames(StepOf(state, "platform.script")),
      ElementsAre("pattern.platform", "pattern.platform.parameters.script", "variables.color"));
  EXPECT_THAT(InputNames(StepOf(state, "app.files")),
              ElementsAre("deployment.web.service", "files.README.md", "files.src"));
  EXPECT_THAT(
      InputNames(StepOf(state, "app.setup")),
      ElementsAre("deployment.web.service", "files.README.md", "files.src", "hooks.setup.script"));
  EXPECT_THAT(InputNames(StepOf(state, "app.configure")),
              ElementsAre("deployment.web.service", "environment.TOKEN", "environment.TZ",
                          "files.README.md", "files.src", "hooks.configure.script", "version"));
  EXPECT_THAT(InputNames(StepOf(state, "app.healthcheck")),
              ElementsAre("hooks.healthcheck.script"));
}

TEST(ExpandTest, InputsShowWhatPeopleUnderstand) {
  const DesiredState state = Sample().State();
  const Input memory = InputOf(StepOf(state, "infrastructure.host"), "variables.memory");
  EXPECT_EQ(memory.shown, "4096");
  EXPECT_EQ(memory.digest, Sha256Hex("4096"));
  const Input src = InputOf(StepOf(state, "app.files"), "files.src");
  EXPECT_EQ(src.digest, AppFiles().Subtree("src")->Id().Hex());
  EXPECT_EQ(src.shown, AppFiles().Subtree("src")->Id().Short());
  const Input zone = InputOf(StepOf(state, "app.configure"), "environment.TZ");
  EXPECT_EQ(zone.shown, "Europe/Brussels");
  EXPECT_FALSE(zone.secret);
  EXPECT_EQ(InputOf(StepOf(state, "app.configure"), "version").shown, "1.10");
}

TEST(ExpandTest, DriversGetTheirParameters) {
  Sample sample;
  sample.manifest.setup = Declared("deployment/setup.sh");
  sample.manifest.setup->timeout = std::chrono::seconds(90);
  const DesiredState state = sample.State();
  EXPECT_EQ(StepOf(state, "infrastructure.host").parameters,
            (std::map<std::string, std::string>{{"variables.memory", "4096"}}));
  EXPECT_EQ(StepOf(state, "platform.script").parameters,
            (std::map<std::string, std::string>{{"script", "platform/prepare.sh"},
                                                {"variables.color", "red"}}));
  EXPECT_EQ(
      StepOf(state, "app.files").parameters,
      (std::map<std::string, std::string>{{"manifest", "tfgrid-compose.yaml"},
                                          {"hooks",
                                           "deployment/configure.sh\ndeployment/healthcheck.sh\n"
                                           "deployment/setup.sh"}}));
  EXPECT_EQ(StepOf(state, "app.setup").parameters,
            (std::map<std::string, std::string>{
                {"hook", "setup"}, {"script", "deployment/setup.sh"}, {"timeout_seconds", "90"}}));
}

TEST(ExpandTest, EdgesFollowThePhasesAndHooks) {
  const DesiredState state = Sample().State();
  EXPECT_THAT(After(StepOf(state, "infrastructure.host")), IsEmpty());
  EXPECT_THAT(After(StepOf(state, "platform.script")), ElementsAre("infrastructure.host"));
  EXPECT_THAT(After(StepOf(state, "app.files")),
              ElementsAre("infrastructure.host", "platform.script"));
  EXPECT_THAT(After(StepOf(state, "app.setup")),
              ElementsAre("infrastructure.host", "platform.script", "app.files"));
  EXPECT_THAT(After(StepOf(state, "app.configure")),
              ElementsAre("infrastructure.host", "platform.script", "app.files", "app.setup"));
  EXPECT_THAT(After(StepOf(state, "app.healthcheck")),
              ElementsAre("infrastructure.host", "platform.script", "app.configure", "app.files",
                          "app.setup"));
  for (const char* address : {"platform.script", "app.files", "app.setup", "app.configure"}) {
    EXPECT_THAT(Consumes(StepOf(state, address)),
                ElementsAre("infrastructure.host.outputs.identity"));
  }
  EXPECT_THAT(Consumes(StepOf(state, "app.healthcheck")), IsEmpty());
}

TEST(ExpandTest, ANetworkStepConsumesAllOutputsOfTheInfrastructure) {
  Sample sample;
  std::string yaml = kPatternYaml;
  yaml.replace(yaml.find("    platform:"), 0, "    network: {driver: wireguard}\n");
  sample.pattern_files = PatternFiles(yaml);
  const DesiredState state = sample.State();
  EXPECT_THAT(Consumes(StepOf(state, "network.wireguard")),
              ElementsAre("infrastructure.host.outputs"));
  EXPECT_THAT(After(StepOf(state, "platform.script")),
              ElementsAre("infrastructure.host", "network.wireguard"));
}

TEST(ExpandTest, StepsWithoutAnythingToDoDoNotExist) {
  Sample sample;
  sample.app_files = MemoryTree({{"tfgrid-compose.yml", "name: web"}, {"index.html", "hi"}});
  sample.manifest.healthchecks.clear();
  DesiredState state = sample.State();
  EXPECT_THAT(Addresses(state), ElementsAre("infrastructure.host", "platform.script", "app.files"));
  EXPECT_EQ(StepOf(state, "app.files").parameters.at("manifest"), "tfgrid-compose.yml");
  sample.manifest.healthchecks.push_back({ProbeKind::kTcp, "127.0.0.1:80"});
  state = sample.State();
  const Step& check = StepOf(state, "app.healthcheck");
  EXPECT_THAT(check.probes, SizeIs(1));
  EXPECT_EQ(check.parameters.count("script"), 0U);
  EXPECT_EQ(InputOf(check, "healthchecks").shown, "tcp 127.0.0.1:80");
}

TEST(ExpandTest, AProbeIsAnInputInAllItsParts) {
  Sample sample;
  sample.manifest.healthchecks.push_back({ProbeKind::kHttp, "http://127.0.0.1"});
  const DesiredState state = sample.State();
  const std::vector<std::function<void(HealthProbe&)>> changes{
      [](HealthProbe& probe) { probe.kind = ProbeKind::kCommand; },
      [](HealthProbe& probe) { probe.target += "/health"; },
      [](HealthProbe& probe) { probe.expected_status = 204; },
      [](HealthProbe& probe) { probe.interval *= 2; },
      [](HealthProbe& probe) { probe.timeout *= 2; },
      [](HealthProbe& probe) { ++probe.retries; },
      [](HealthProbe& probe) { ++probe.successes; }};
  for (const auto& change : changes) {
    Sample other = sample;
    change(other.manifest.healthchecks.front());
    EXPECT_THAT(Affected(state, other.State()), ElementsAre("app.healthcheck"));
  }
}

TEST(ExpandTest, DeclaredScriptsMayLieAnywhere) {
  Sample sample;
  sample.app_files = AppFiles()
                         .With("ops/hooks/setup.sh", {"x", EntryKind::kExecutable})
                         .With("ops/hooks/lib.sh", "y")
                         .With("ops/notes.txt", "z")
                         .With("deployment/sub/check.sh", "c");
  sample.manifest.setup = Declared("ops/hooks/setup.sh");
  sample.manifest.healthcheck = Declared("deployment/sub/check.sh");
  const DesiredState state = sample.State();
  EXPECT_EQ(StepOf(state, "app.setup").parameters.at("script"), "ops/hooks/setup.sh");
  EXPECT_THAT(
      InputNames(StepOf(state, "app.files")),
      ElementsAre("deployment.healthcheck.sh", "deployment.setup.sh", "deployment.web.service",
                  "files.README.md", "files.ops/hooks/lib.sh", "files.ops/notes.txt", "files.src"));
}

TEST(ExpandTest, OptionalHooksAreMarked) {
  Sample sample;
  sample.manifest.configure.emplace();
  sample.manifest.configure->optional = true;  // Only hook_config, no path.
  const DesiredState state = sample.State();
  EXPECT_TRUE(StepOf(state, "app.configure").optional);
  EXPECT_EQ(StepOf(state, "app.configure").parameters.at("optional"), "true");
  EXPECT_EQ(StepOf(state, "app.configure").parameters.at("script"), "deployment/configure.sh");
  EXPECT_FALSE(StepOf(state, "app.setup").optional);
}

TEST(ExpandTest, TeardownBelongsToTheFiles) {
  Sample sample;
  sample.app_files = AppFiles().With("deployment/teardown.sh", "stop");
  DesiredState state = sample.State();
  EXPECT_EQ(StepOf(state, "app.files").parameters.at("teardown"), "deployment/teardown.sh");
  EXPECT_THAT(InputNames(StepOf(state, "app.files")), Contains("hooks.teardown.script"));
  EXPECT_THAT(InputNames(StepOf(state, "app.setup")), Not(Contains("deployment.teardown.sh")));
  sample.manifest.teardown = Declared("deployment/teardown.sh");
  sample.manifest.teardown->timeout = std::chrono::seconds(30);
  state = sample.State();
  EXPECT_EQ(StepOf(state, "app.files").parameters.at("teardown_timeout_seconds"), "30");
}

TEST(ExpandTest, DependenciesAreAnInputOfSetup) {
  Sample sample;
  sample.manifest.dependencies = {"system:curl", "external:docker>=20"};
  const DesiredState state = sample.State();
  EXPECT_EQ(InputOf(StepOf(state, "app.setup"), "dependencies").shown,
            "system:curl, external:docker>=20");
  EXPECT_THAT(Affected(Sample().State(), state), ElementsAre("app.setup"));
}

TEST(ExpandTest, APlaybookReplacesTheHooks) {
  Sample sample;
  sample.app_files = AppFiles().With("deployment/playbook.yml", "plays");
  sample.manifest.setup = Declared("deployment/gone.sh");  // Not looked for.
  DesiredState state = sample.State();
  EXPECT_THAT(Addresses(state),
              ElementsAre("infrastructure.host", "platform.script", "app.files", "app.playbook"));
  const Step& playbook = StepOf(state, "app.playbook");
  EXPECT_EQ(playbook.driver, "ansible");
  EXPECT_EQ(playbook.parameters.at("playbook"), "deployment/playbook.yml");
  EXPECT_THAT(After(playbook), Contains("app.files"));
  EXPECT_THAT(InputNames(playbook), Contains("hooks.playbook.script"));
  EXPECT_THAT(InputNames(playbook), Contains("deployment.setup.sh"));
  EXPECT_THAT(InputNames(playbook), Contains("environment.TZ"));
  sample.manifest.healthchecks.push_back({ProbeKind::kTcp, "127.0.0.1:80"});
  EXPECT_THAT(After(StepOf(sample.State(), "app.healthcheck")), Contains("app.playbook"));
}

TEST(ExpandTest, EveryHostOfAPatternHasItsOwnAppSteps) {
  Sample sample;
  sample.pattern_files =
      PatternFiles(std::string(kPatternYaml) + "hosts: [{name: front}, {name: back}]\n");
  const DesiredState state = sample.State();
  EXPECT_THAT(Addresses(state),
              ElementsAre("infrastructure.host", "platform.script", "app.configure[back]",
                          "app.configure[front]", "app.files[back]", "app.files[front]",
                          "app.healthcheck[back]", "app.healthcheck[front]", "app.setup[back]",
                          "app.setup[front]"));
  EXPECT_THAT(After(StepOf(state, "app.setup[back]")),
              ElementsAre("infrastructure.host", "platform.script", "app.files[back]"));
  EXPECT_THAT(After(StepOf(state, "app.healthcheck[back]")), Contains("app.configure[front]"));
  EXPECT_THAT(After(StepOf(state, "app.healthcheck[back]")),
              Not(Contains("app.healthcheck[front]")));
  EXPECT_EQ(StepOf(state, "app.setup[back]").inputs, StepOf(state, "app.setup[front]").inputs);
}

TEST(ExpandTest, SecretsAreKeyedAndNeverShown) {
  Sample sample;
  const auto token = [](const Sample& from) {
    return InputOf(StepOf(from.State(), "app.configure"), "environment.TOKEN");
  };
  const Input input = token(sample);
  EXPECT_TRUE(input.secret);
  EXPECT_EQ(input.shown, "(secret)");
  EXPECT_NE(input.digest, Sha256Hex("hunter2"));
  EXPECT_THAT(input.digest, SizeIs(64));
  Sample other = sample;
  other.digest_key = "another key";
  EXPECT_NE(token(other).digest, input.digest);
  other = sample;
  other.app.name = "api";
  EXPECT_NE(token(other).digest, input.digest);
  other = sample;
  other.Set("TOKEN", "hunter3");
  EXPECT_NE(token(other).digest, input.digest);
}

TEST(ExpandTest, LongValuesAreCutAtACharacter) {
  Sample sample;
  std::string value(199, 'x');
  sample.Set("TZ", value + "é and more");
  const Input input = InputOf(StepOf(sample.State(), "app.configure"), "environment.TZ");
  EXPECT_EQ(input.shown, value + "…");
  EXPECT_EQ(input.digest, Sha256Hex(value + "é and more"));
}

TEST(ExpandTest, FileNamesStayDifferentInJson) {
  Sample sample;
  sample.app_files = MemoryTree({{"a\xff", "1"}, {"a\xfe", "2"}, {"a\nb", "3"}, {"é", "4"}});
  EXPECT_THAT(InputNames(StepOf(sample.State(), "app.files")),
              ElementsAre("files.a\\nb", "files.a\\xfe", "files.a\\xff", "files.é"));
}

TEST(ExpandTest, DependsOnMeansTheSameEnvironment) {
  Sample sample;
  sample.manifest.depends_on = {"staging/db", "api", "api"};
  const DesiredState state = sample.State();
  EXPECT_THAT(state.depends_on, ElementsAre(AppId{"production", "api"}, AppId{"staging", "db"}));
  sample.manifest.depends_on = {"production/web", "Not A Name"};
  EXPECT_THAT(sample.Problems(), SizeIs(2));
}

TEST(ExpandTest, TheOnlyProviderNeedNotBeNamed) {
  Sample sample;
  sample.provider = "";
  EXPECT_EQ(sample.State().provider, "local");
}

TEST(ExpandTest, ReportsAllProblemsAtOnce) {
  Sample sample;
  sample.provider = "lokal";
  sample.manifest.supported_patterns = {"other"};
  sample.manifest.setup = Declared("deployment/setpu.sh");
  sample.manifest.values["resources.vm.memory"] = {Value(std::int64_t{1}), {"m", 4, 2}, false};
  sample.variables.missing.push_back({Severity::kError, "variable missing", "KEY", "KEY", {}, ""});
  const Diagnostics problems = sample.Problems();
  ASSERT_THAT(problems, SizeIs(5)) << Texts(problems);
  const std::string text = Texts(problems);
  EXPECT_THAT(text, HasSubstr("did you mean \"local\"?"));
  EXPECT_THAT(text, HasSubstr("patterns.supported"));
  EXPECT_THAT(text, HasSubstr("tfgrid-compose.yaml:9:3: hook script not found"));
  EXPECT_THAT(text, HasSubstr("did you mean \"deployment/setup.sh\"?"));
  EXPECT_THAT(text, HasSubstr("m:4:2: variable out of bounds"));
  EXPECT_THAT(text, HasSubstr("variable missing"));
}

TEST(ExpandTest, HooksThatAreNoRegularFilesAreRefused) {
  for (const EntryKind kind : {EntryKind::kSymlink, EntryKind::kSubmodule}) {
    Sample sample;
    sample.app_files = AppFiles().With("deployment/setup.sh", {"/etc/passwd", kind});
    EXPECT_THAT(Texts(sample.Problems()), HasSubstr("hook script is not a regular file"));
  }
  Sample sample;
  sample.manifest.setup = Declared("src");
  EXPECT_THAT(Texts(sample.Problems()), HasSubstr("\"src\" is a directory"));
  sample.manifest.setup = Declared("../other/setup.sh");
  EXPECT_THAT(Texts(sample.Problems()), HasSubstr("outside the app's directory"));
}

TEST(ExpandTest, SupportedPatternsAreKept) {
  Sample sample;
  sample.manifest.supported_patterns = {"other", "box"};
  EXPECT_EQ(sample.State().pattern, "box");
}

/// Counts what a tree is asked for.
class CountingTree : public FileTree {
 public:
  explicit CountingTree(MemoryTree tree) : tree_(std::move(tree)) {}
  ObjectId Id() const override { return tree_.Id(); }
  Result<std::vector<TreeEntry>> List(std::string_view directory) const override {
    ++lists;
    return tree_.List(directory);
  }
  Result<std::optional<TreeEntry>> Find(std::string_view path) const override {
    ++finds;
    return tree_.Find(path);
  }
  Result<std::string> Read(std::string_view path, std::size_t limit) const override {
    ++reads;
    return tree_.Read(path, limit);
  }
  mutable int lists = 0, finds = 0, reads = 0;

 private:
  MemoryTree tree_;
};

TEST(ExpandTest, ReadsTwoDirectoriesOfTheAppAndNothingElse) {
  const Sample sample;
  const CountingTree app(sample.app_files), pattern_files(sample.pattern_files);
  const Pattern pattern = *LoadPattern(sample.pattern_files, "box");
  ASSERT_TRUE(Expand({sample.app,
                      {},
                      sample.manifest,
                      app,
                      pattern,
                      pattern_files,
                      "local",
                      sample.overrides,
                      sample.variables,
                      sample.digest_key}));
  EXPECT_EQ(app.lists, 2);
  EXPECT_EQ(app.finds + app.reads, 0);
  EXPECT_EQ(pattern_files.lists + pattern_files.finds + pattern_files.reads, 0);
}

}  // namespace
}  // namespace gitops

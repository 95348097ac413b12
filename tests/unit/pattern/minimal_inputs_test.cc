// The rule that plans are minimal by: which change of an app, its environment or its pattern makes
// the inputs of which steps differ, and no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The steps whose inputs differ after `change`.
template <typename Change>
std::set<std::string> AffectedBy(Change change, Sample sample = {}) {
  const DesiredState before = sample.State();
  change(sample);
  return Affected(before, sample.State());
}

template <typename... Files>
auto Write(const std::string& path, const std::string& text,
           EntryKind kind = EntryKind::kExecutable) {
  return [=](Sample& sample) { sample.app_files = sample.app_files.With(path, {text, kind}); };
}

TEST(MinimalInputsTest, OnlyEnvironmentRunsConfigure) {
  EXPECT_THAT(AffectedBy([](Sample& sample) { sample.Set("TZ", "UTC"); }),
              ElementsAre("app.configure"));
  EXPECT_THAT(AffectedBy([](Sample& sample) { sample.Set("TOKEN", "new"); }),
              ElementsAre("app.configure"));
  EXPECT_THAT(AffectedBy([](Sample& sample) { sample.Set("ADDED", "1"); }),
              ElementsAre("app.configure"));
}

TEST(MinimalInputsTest, OnlyTheVersionRunsConfigure) {
  EXPECT_THAT(AffectedBy([](Sample& sample) { sample.manifest.version = "1.11"; }),
              ElementsAre("app.configure"));
}

TEST(MinimalInputsTest, OneScriptRunsItsOwnStep) {
  EXPECT_THAT(AffectedBy(Write("deployment/healthcheck.sh", "new")),
              ElementsAre("app.healthcheck"));
  EXPECT_THAT(AffectedBy(Write("deployment/configure.sh", "new")), ElementsAre("app.configure"));
  EXPECT_THAT(AffectedBy(Write("deployment/setup.sh", "new")), ElementsAre("app.setup"));
}

TEST(MinimalInputsTest, TheModeOfAScriptCounts) {
  EXPECT_THAT(AffectedBy(Write("deployment/setup.sh", "echo setup", EntryKind::kFile)),
              ElementsAre("app.setup"));
}

TEST(MinimalInputsTest, OnlyTeardownUpdatesTheFiles) {
  EXPECT_THAT(AffectedBy(Write("deployment/teardown.sh", "new")), ElementsAre("app.files"));
}

TEST(MinimalInputsTest, ANewRevisionAloneRunsNothing) {
  EXPECT_THAT(AffectedBy([](Sample& sample) { sample.revision = std::string(40, 'b'); }),
              IsEmpty());
}

TEST(MinimalInputsTest, WordsInTheManifestRunNothing) {
  EXPECT_THAT(AffectedBy([](Sample& sample) {
                Write("tfgrid-compose.yaml", "# comment\nname:   web\n", EntryKind::kFile)(sample);
                sample.manifest.description = "other words";
                sample.manifest.commands["logs"] = {};
                sample.manifest.ports.push_back({80, "http", {}});
                sample.manifest.locations["name"] = {"m", 9, 9};
              }),
              IsEmpty());
}

TEST(MinimalInputsTest, SourceFilesRunFilesSetupAndConfigure) {
  const std::set<std::string> all{"app.configure", "app.files", "app.setup"};
  EXPECT_EQ(AffectedBy(Write("src/main.py", "print(2)", EntryKind::kFile)), all);
  EXPECT_EQ(AffectedBy(Write("src/deep/new.py", "x", EntryKind::kFile)), all);
  EXPECT_EQ(AffectedBy(Write("docker-compose.yaml", "x", EntryKind::kFile)), all);
  EXPECT_EQ(AffectedBy(Write("deployment/web.service", "x", EntryKind::kFile)), all);
  EXPECT_EQ(AffectedBy([](Sample& s) { s.app_files = s.app_files.Without("README.md"); }), all);
  EXPECT_EQ(AffectedBy(Write("README.md", "read me")), all);  // Now executable.
  EXPECT_EQ(AffectedBy(Write("README.md", "read me", EntryKind::kSymlink)), all);
}

TEST(MinimalInputsTest, OnlyVariablesRunTheirPhase) {
  EXPECT_THAT(AffectedBy([](Sample& sample) { sample.overrides["memory"] = std::int64_t{512}; }),
              ElementsAre("infrastructure.host"));
  EXPECT_THAT(AffectedBy([](Sample& sample) {
                sample.manifest.values["config.color"].value = std::string("green");
              }),
              ElementsAre("platform.script"));
}

TEST(MinimalInputsTest, TheSameValueFromAnotherPlaceRunsNothing) {
  EXPECT_THAT(AffectedBy([](Sample& sample) {
                sample.manifest.values["resources.vm.memory"].value = std::int64_t{4096};
              }),
              IsEmpty());
}

TEST(MinimalInputsTest, ThePatternsPlatformRunsThePlatform) {
  EXPECT_THAT(AffectedBy([](Sample& sample) {
                sample.pattern_files = sample.pattern_files.With(
                    "platform/prepare.sh", {"echo new", EntryKind::kExecutable});
              }),
              ElementsAre("platform.script"));
}

TEST(MinimalInputsTest, ADriversParametersRunItsStep) {
  EXPECT_THAT(AffectedBy([](Sample& sample) {
                std::string yaml = kPatternYaml;
                yaml.replace(yaml.find("{script:"), 1, "{retries: 3, ");
                sample.pattern_files = PatternFiles(yaml);
              }),
              ElementsAre("platform.script"));
}

TEST(MinimalInputsTest, WordsInThePatternRunNothing) {
  EXPECT_THAT(AffectedBy([](Sample& sample) {
                std::string yaml = std::string("# comment\n") + kPatternYaml;
                yaml.replace(yaml.find("One machine."), 12, "Other words.");
                yaml.replace(yaml.find("1.2.0"), 5, "1.3.0");
                sample.pattern_files = PatternFiles(yaml).With("README.md", "words");
              }),
              IsEmpty());
}

TEST(MinimalInputsTest, GlobsNarrowWhatRerunsAHook) {
  Sample sample;
  sample.manifest.setup.emplace();
  sample.manifest.setup->inputs = {"src/*.txt", "deployment/**"};
  sample.app_files = sample.app_files.With("src/requirements.txt", "flask");
  EXPECT_THAT(InputNames(StepOf(sample.State(), "app.setup")),
              ElementsAre("files.deployment/web.service", "files.src/requirements.txt",
                          "hooks.setup.script"));
  EXPECT_THAT(AffectedBy(Write("src/main.py", "print(2)", EntryKind::kFile), sample),
              ElementsAre("app.configure", "app.files"));
  EXPECT_THAT(AffectedBy(Write("src/requirements.txt", "django", EntryKind::kFile), sample),
              ElementsAre("app.configure", "app.files", "app.setup"));
  EXPECT_THAT(AffectedBy(Write("deployment/configure.sh", "new"), sample),
              ElementsAre("app.configure"));
}

TEST(MinimalInputsTest, AGlobThatMatchesADirectoryTakesItWhole) {
  Sample sample;
  sample.manifest.setup.emplace();
  sample.manifest.setup->inputs = {"**"};
  EXPECT_THAT(InputNames(StepOf(sample.State(), "app.setup")),
              ElementsAre("files.README.md", "files.deployment/web.service", "files.src",
                          "hooks.setup.script"));
}

TEST(MinimalInputsTest, ASharedScriptCanBeNamed) {
  Sample sample;
  sample.manifest.setup.emplace();
  sample.manifest.setup->inputs = {"deployment/configure.sh"};
  EXPECT_THAT(AffectedBy(Write("deployment/configure.sh", "new"), sample),
              ElementsAre("app.configure", "app.setup"));
}

TEST(MinimalInputsTest, GlobsWithoutAMatchWarnAndBadOnesBlock) {
  Sample sample;
  sample.manifest.setup.emplace();
  sample.manifest.setup->inputs = {"scr/**"};
  const DesiredState state = sample.State();
  ASSERT_EQ(state.diagnostics.size(), 1U);
  EXPECT_EQ(state.diagnostics[0].severity, Severity::kWarning);
  sample.manifest.setup->inputs = {"../**", "[x"};
  EXPECT_EQ(sample.Problems().size(), 2U);
}

}  // namespace
}  // namespace gitops

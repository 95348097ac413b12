// Laws of the expansion over many random apps: it is deterministic, and changing one file affects
// exactly the steps that its place says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/model/codec.h"
#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using Random = std::mt19937;

std::size_t Below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

const std::vector<std::string> kDirectories{"",        "src/",        "src/lib/",
                                            "config/", "deployment/", "deployment/roles/"};
const std::vector<std::string> kHooks{"setup", "configure", "healthcheck", "teardown"};

std::map<std::string, MemoryFile> RandomFiles(Random& random) {
  std::map<std::string, MemoryFile> files{{"tfgrid-compose.yaml", "name: web"}};
  for (std::size_t i = Below(random, 12); i > 0; --i) {
    const std::string name = "f" + std::to_string(Below(random, 9));
    files.emplace(kDirectories[Below(random, kDirectories.size())] + name, std::to_string(i));
  }
  for (const std::string& hook : kHooks) {
    if (Below(random, 3) != 0) files.emplace("deployment/" + hook + ".sh", hook);
  }
  return files;
}

Sample RandomSample(Random& random) {
  Sample sample;
  sample.app_files = MemoryTree(RandomFiles(random));
  sample.overrides["memory"] = static_cast<std::int64_t>(256 + Below(random, 1000));
  for (std::size_t i = Below(random, 4); i > 0; --i) {
    sample.Set("V" + std::to_string(Below(random, 9)), std::to_string(i), Below(random, 2) == 0);
  }
  if (Below(random, 4) == 0) {
    sample.pattern_files =
        PatternFiles(std::string(kPatternYaml) + "hosts: [{name: a}, {name: b}]\n");
  }
  return sample;
}

std::string Encoded(const DesiredState& state) {
  std::string text = state.Digest();
  for (const Step& step : state.steps) text += "\n" + EncodeStep(step);
  return text;
}

/// The steps, without hosts, that a change of the file at `path` affects.
std::set<std::string> Expected(const std::string& path, const DesiredState& state) {
  std::set<std::string> expected{"app.files", "app.setup", "app.configure"};
  if (path == "tfgrid-compose.yaml") expected.clear();
  for (const std::string& hook : kHooks) {
    if (path == "deployment/" + hook + ".sh") {
      expected = {hook == "teardown" ? "app.files" : "app." + hook};
    }
  }
  std::set<std::string> there;
  for (const Step& step : state.steps) there.insert("app." + step.address.step);
  std::set<std::string> both;
  std::set_intersection(expected.begin(), expected.end(), there.begin(), there.end(),
                        std::inserter(both, both.begin()));
  return both;
}

TEST(ExpandPropertiesTest, IsDeterministic) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Sample sample = RandomSample(random);
    ASSERT_EQ(Encoded(sample.State()), Encoded(Sample(sample).State())) << "seed " << seed;
  }
}

TEST(ExpandPropertiesTest, StepsAndInputsAreSortedAndUnique) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const DesiredState state = RandomSample(random).State();
    const auto steps_sorted = [](const Step& a, const Step& b) { return a.address < b.address; };
    ASSERT_TRUE(std::is_sorted(state.steps.begin(), state.steps.end(), steps_sorted));
    for (const Step& step : state.steps) {
      const std::vector<std::string> names = InputNames(step);
      ASSERT_TRUE(std::is_sorted(names.begin(), names.end()));
      ASSERT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
      for (const StepAddress& before : step.after) ASSERT_NE(state.Find(before), nullptr);
      for (const OutputRef& ref : step.consumes) {
        ASSERT_THAT(step.after, testing::Contains(ref.step));
      }
    }
  }
}

TEST(ExpandPropertiesTest, OneChangedFileAffectsTheStepsOfItsPlace) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Random random(seed);
    Sample sample = RandomSample(random);
    Random again(seed);
    const std::map<std::string, MemoryFile> files = RandomFiles(again);
    auto file = files.begin();
    std::advance(file, Below(random, files.size()));
    const DesiredState before = sample.State();
    sample.app_files = sample.app_files.With(file->first, "changed");
    std::set<std::string> affected;
    for (const std::string& address : Affected(before, sample.State())) {
      affected.insert(address.substr(0, address.find('[')));
    }
    ASSERT_EQ(affected, Expected(file->first, before)) << "seed " << seed << " " << file->first;
  }
}

TEST(ExpandPropertiesTest, FormattingOfAPatternChangesNothing) {
  const std::string reformatted = R"(# The same in other clothes.
'apiVersion':   "tfgrid-compose/v1"
providers:
    local:
        platform:
            parameters:
                script: "platform/prepare.sh"
            driver: 'script'
        infrastructure:
            driver: local
variables: {color: {options: ["red", green], phases: [platform], from: [config.color],
  type: string, default: 'red'}, memory: {minimum_from: [resources.memory.min],
  from: [resources.vm.memory, resources.memory.recommended], max: 65536, min: 256,
  default: 4096, unit: MB, type: integer}}
description: >
  Other words.
version: 1.2.0
name: box
)";
  for (unsigned seed = 0; seed < 50; ++seed) {
    Random random(seed);
    Sample sample = RandomSample(random);
    sample.pattern_files = PatternFiles();
    const DesiredState before = sample.State();
    sample.pattern_files = PatternFiles(reformatted);
    const DesiredState after = sample.State();
    ASSERT_NE(before.pattern_tree, after.pattern_tree);
    ASSERT_EQ(Encoded(before), Encoded(after));
  }
}

}  // namespace
}  // namespace gitops

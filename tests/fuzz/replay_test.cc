// Replays the corpora and every input that once broke something, with the same properties as the
// fuzzers but any compiler. An empty input and a few crude ones are always among them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

struct Target {
  const char* name;  ///< Of its folder in corpus/ and crashers/.
  void (*run)(std::string_view bytes);
};

constexpr Target kTargets[] = {
    {"api_body", FuzzApiBody},
    {"config", FuzzConfig},
    {"env_file", FuzzEnvFile},
    {"fetch_wire", FuzzFetchWire},
    {"glob", FuzzGlob},
    {"http_request", FuzzHttpRequest},
    {"known_hosts", FuzzKnownHosts},
    {"manifest", FuzzManifest},
    {"outputs", FuzzOutputs},
    {"pattern", FuzzPattern},
    {"plan_json", FuzzPlanJson},
    {"source_url", FuzzSourceUrl},
    {"tree_object", FuzzTreeObject},
    {"tree_walk", FuzzTreeWalk},
    {"webhook_auth", FuzzWebhookAuth},
    {"webhook_github", FuzzWebhookGitHub},
    {"webhook_gitlab", FuzzWebhookGitLab},
    {"webhook_gitea", FuzzWebhookGitea},
    {"webhook_bitbucket", FuzzWebhookBitbucket},
    {"webhook_bitbucket_server", FuzzWebhookBitbucketServer},
    {"webhook_generic", FuzzWebhookGeneric},
    {"repository_key", FuzzRepositoryKey},
    {"yaml", FuzzYaml},
};

std::vector<std::filesystem::path> FilesBelow(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Replay : public ::testing::TestWithParam<Target> {
 protected:
  static void Run(std::string_view bytes, const std::string& what) {
    try {
      GetParam().run(bytes);
    } catch (const PropertyBroken& broken) {
      ADD_FAILURE() << what << ": " << broken.what();
    }
  }

  /// Replays every file of a folder and says how many there are.
  static std::size_t RunFolder(const std::string& kind) {
    const auto files = FilesBelow(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/tests/fuzz/" + kind +
                                  "/" + GetParam().name);
    for (const auto& file : files) {
      std::ifstream stream(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
      RecordProperty("last", file.string());
      Run(bytes, file.string());
    }
    return files.size();
  }
};

TEST_P(Replay, CorpusKeepsItsProperties) { EXPECT_GT(RunFolder("corpus"), 1U); }

TEST_P(Replay, CrashersStayFixed) { RunFolder("crashers"); }

TEST_P(Replay, CrudeInputs) {
  Run("", "nothing");
  Run(std::string(1, '\0'), "a zero byte");
  Run(std::string(100'000, '['), "open brackets");
  Run(std::string(100'000, '\xFF'), "no text");
  Run(std::string(20'000, '\n'), "empty lines");
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, ::testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace gitops::fuzz

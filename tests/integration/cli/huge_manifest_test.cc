// Manifests that are made to cost memory, against the real binary: refused within a bound on what
// the process ever held.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "engine/cli/arguments.h"
#include "tests/integration/cli/program.h"
#include "tests/support/measured_process.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

constexpr long kMostKib = 256 * 1024;
const std::string kBase =
    "name: web\nversion: 1.0.0\npattern: single-vm\nresources: {cpu: {recommended: 1}}\n";

std::string Repeat(const std::string& part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

/// Validates an app with this manifest; what was said.
std::string Refuse(const std::string& manifest) {
  testing::Program program;
  program.directory.Write("app/tfgrid-compose.yaml", manifest);
  const MeasuredResult result =
      RunMeasured({testing::Program::Path(), "validate", "app"}, program.environment,
                  program.directory.path(), program.directory.path());
  const std::string text = result.output + result.error_output;
  EXPECT_EQ(result.exit_code, kExitFailed) << text.substr(0, 2000);
#if !defined(__SANITIZE_ADDRESS__)  // It keeps what is freed.
  EXPECT_LT(result.peak_kib, kMostKib);
#endif
  EXPECT_LT(text.size(), 20'000U);
  return text;
}

TEST(HugeManifest, FiftyMegabytesOfCommentsAreNotParsed) {
  EXPECT_THAT(Refuse(kBase + Repeat("# nothing\n", 5 << 20)), HasSubstr("size limit"));
}

TEST(HugeManifest, OneScalarOfFiftyMegabytesIsNotParsed) {
  EXPECT_THAT(Refuse(kBase + "description: " + std::string(50 << 20, 'x') + "\n"),
              HasSubstr("size limit"));
}

TEST(HugeManifest, AMegabyteOfBracketsIsNestedTooDeep) {
  EXPECT_THAT(Refuse(kBase + "tags: " + std::string(1'000'000, '[')), HasSubstr("nest"));
}

TEST(HugeManifest, AMegabyteOfItemsAndOfKeys) {
  EXPECT_THAT(Refuse(kBase + "tags: [" + Repeat("a,", 500'000) + "a]\n"), HasSubstr("error: "));
  EXPECT_THAT(Refuse(kBase + Repeat("? \n", 300'000)), HasSubstr("error: "));
}

/// The same from the corpus that may lie beside the checkout.
TEST(HugeManifest, ThoseOfTheCorpusAreNotParsed) {
  const char* corpus = std::getenv("TFGRID_COMPOSE_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "TFGRID_COMPOSE_CORPUS is not set";
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(corpus) + "/bad")) {
    if (!entry.path().filename().string().starts_with("gen-")) continue;
    SCOPED_TRACE(entry.path().string());
    testing::Program program;
    program.environment["G"] = entry.path().string();
    ASSERT_EQ(program.Shell("sh \"$G\" > out.yaml").exit_code, 0);
    EXPECT_THAT(Refuse(program.directory.Read("out.yaml")), HasSubstr("size limit"));
    ++tried;
  }
  EXPECT_GT(tried, 0);
}

TEST(HugeManifest, AliasesDoNotMultiply) {
  std::string text = kBase + "x-0: &a0 [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            Repeat(before + ", ", 9) + before + "]\n";
  }
  EXPECT_THAT(Refuse(text), HasSubstr("aliases"));
}

}  // namespace
}  // namespace gitops

// Golden manifests: each folder beside this file holds a tfgrid-compose.yaml and what is made of
// it: the diagnostics, and the model with the place of every value. TFGRID_COMPOSE_ACCEPT=1 writes
// the expected text anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/redactor.h"
#include "sources/manifest_parser.h"
#include "tests/support/manifest_dump.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::string> Cases() {
  std::vector<std::string> cases;
  const fs::path folder = fs::path(TFGRID_COMPOSE_SOURCE_DIR) / "tests/golden/manifest";
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) cases.push_back(entry.path().filename().string());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

std::string Render(const std::string& yaml) {
  static constexpr const char* kSeverities[] = {"error", "warning", "note"};
  const ManifestContext context{{"single-vm", "gateway", "k3s"}, {"status", "logs", "backup"}};
  const auto parsed = ParseManifest(yaml, "tfgrid-compose.yaml", context);
  const Diagnostics& diagnostics = parsed ? parsed->diagnostics : parsed.error().diagnostics;
  std::string text = parsed ? "accepted\n" : "refused\n";
  for (const Diagnostic& diagnostic : diagnostics) {
    text += std::string(kSeverities[static_cast<int>(diagnostic.severity)]) + ": " +
            EscapeLine(diagnostic.ToString()) + "\n";
  }
  return parsed ? text + "\n" + DumpManifest(parsed->manifest, true) : text;
}

class GoldenManifest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenManifest, IsReadAsExpected) {
  const fs::path folder =
      fs::path(TFGRID_COMPOSE_SOURCE_DIR) / "tests/golden/manifest" / GetParam();
  ASSERT_TRUE(fs::exists(folder / "tfgrid-compose.yaml"));
  const std::string actual = Render(ReadFile(folder / "tfgrid-compose.yaml"));
  if (std::getenv("TFGRID_COMPOSE_ACCEPT") != nullptr) {
    std::ofstream(folder / "expected.txt", std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, ReadFile(folder / "expected.txt"))
      << "TFGRID_COMPOSE_ACCEPT=1 writes the expected text anew";
}

INSTANTIATE_TEST_SUITE_P(All, GoldenManifest, ::testing::ValuesIn(Cases()),
                         [](const auto& param_info) {
                           std::string name = param_info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace gitops

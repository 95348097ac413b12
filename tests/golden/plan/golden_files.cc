#include "tests/golden/plan/golden_files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gitops::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = fs::path(TFGRID_COMPOSE_SOURCE_DIR) / "tests" / "golden" / "plan";

bool Accepting() {
  const char* accept = std::getenv("TFGRID_COMPOSE_ACCEPT");
  return accept != nullptr && std::string(accept) == "1";
}

Texts ReadFolder(const fs::path& folder) {
  Texts texts;
  if (!fs::exists(folder)) return texts;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    texts[entry.path().filename().string()] =
        std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

void WriteFolder(const fs::path& folder, const Texts& texts) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [name, text] : texts) std::ofstream(folder / name, std::ios::binary) << text;
}

}  // namespace

void ExpectGolden(const std::string& case_name, const Texts& texts) {
  const fs::path folder = kRoot / case_name;
  if (Accepting()) WriteFolder(folder, texts);
  const Texts expected = ReadFolder(folder);
  for (const auto& [name, text] : texts) {
    const auto found = expected.find(name);
    if (found == expected.end()) {
      ADD_FAILURE() << case_name << "/" << name << " is missing; TFGRID_COMPOSE_ACCEPT=1 writes it";
      continue;
    }
    EXPECT_EQ(text, found->second)
        << case_name << "/" << name << " differs; TFGRID_COMPOSE_ACCEPT=1 accepts what is new";
  }
  for (const auto& [name, text] : expected) {
    EXPECT_TRUE(texts.contains(name)) << case_name << "/" << name << " belongs to no text";
  }
}

std::map<std::string, bool> GoldenCases() {
  std::map<std::string, bool> cases;
  for (const fs::directory_entry& entry : fs::directory_iterator(kRoot)) {
    if (entry.is_directory()) cases[entry.path().filename().string()] = false;
  }
  return cases;
}

}  // namespace gitops::testing

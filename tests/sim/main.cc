// Runs the simulator's tests in one process, on a memory file system when there is one, prints what
// came out, and fails when a mark of the product was never reached.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "tests/sim/suite.h"

namespace gitops::sim {
namespace {

// How much is run when nobody says: about a minute on one core.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long kThin = 40;
constexpr long kPairs = 300;
constexpr long kSeeds = 60;
constexpr long kCrashes = 8;
#else
constexpr long kThin = 8;
constexpr long kPairs = 60;
constexpr long kSeeds = 150;
constexpr long kCrashes = 1;
#endif

std::unique_ptr<Suite>& SuitePlace() {
  static std::unique_ptr<Suite> suite;
  return suite;
}

void WriteTable(const std::map<std::string, long>& marks) {
  const char* directory = std::getenv("TFGRID_COMPOSE_RELIABILITY_DIR");
  if (directory == nullptr || *directory == '\0') return;
  const std::string path = std::string(directory) + "/sim.json";
  std::ofstream file(path, std::ios::trunc);
  file << TheSuite().table.Json(marks);
  EXPECT_TRUE(file.good()) << "cannot write " << path;
}

/// Every mark that the product's source names.
std::set<std::string> MarksOfTheProduct() {
  constexpr std::string_view kBegin = "REACHED(\"";
  std::set<std::string> marks;
  for (const char* folder : {"engine", "differ", "sources"}) {
    const std::string root = std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/" + folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".cc") continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path()).rdbuf();
      const std::string text = bytes.str();
      for (std::size_t at = text.find(kBegin); at != std::string::npos;
           at = text.find(kBegin, at + 1)) {
        const std::size_t begin = at + kBegin.size();
        marks.insert(text.substr(begin, text.find('"', begin) - begin));
      }
    }
  }
  return marks;
}

class SuiteEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    SuitePlace() = std::make_unique<Suite>();
    Suite& suite = TheSuite();
    suite.thin = std::max(1L, NumberFrom("TFGRID_COMPOSE_SIM_THIN", kThin));
    suite.pairs = std::max(1L, NumberFrom("TFGRID_COMPOSE_SIM_PAIRS", kPairs));
    suite.crashes =
        suite.thin == 1 ? 1 : std::max(1L, NumberFrom("TFGRID_COMPOSE_SIM_CRASHES", kCrashes));
    suite.seeds = NumberFrom("TFGRID_COMPOSE_SIM_SEEDS", kSeeds);
    suite.first_seed = NumberFrom("TFGRID_COMPOSE_SIM_FROM", 1);
    suite.only_seed = NumberFrom("TFGRID_COMPOSE_SIM_SEED", 0);
  }
  void TearDown() override {
    std::map<std::string, long> marks;
    for (const std::string& name : MarksOfTheProduct()) marks[name] = 0;
    for (const auto& [name, hits] : TheSuite().marks.hits()) marks[name] = hits;
    std::printf("%s", TheSuite().table.Text().c_str());
    for (const auto& [name, hits] : marks) {
      std::printf("%8ld times: %s\n", hits, name.c_str());
      EXPECT_TRUE(hits > 0 || !TheSuite().IsComplete()) << "never reached: " << name;
    }
    WriteTable(marks);
    SuitePlace().reset();
  }
};

}  // namespace

bool Suite::IsComplete() const {
  return only_seed == 0 && crashes == 1 && testing::GTEST_FLAG(filter) == "*";
}

Suite& TheSuite() { return *SuitePlace(); }

long NumberFrom(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtol(text, nullptr, 10);
}

}  // namespace gitops::sim

int main(int argc, char** argv) {
  if (std::getenv("TMPDIR") == nullptr && access("/dev/shm", W_OK) == 0) {
    setenv("TMPDIR", "/dev/shm", 1);
  }
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new gitops::sim::SuiteEnvironment);
  return RUN_ALL_TESTS();
}

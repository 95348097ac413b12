// Runs the simulator's tests in one process, on a memory file system when there is one, prints what
// came out, and fails when a mark of the product was never reached.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "tests/sim/suite.h"

namespace gitops::sim {
namespace {

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

class SuiteEnvironment : public testing::Environment {
 public:
  void SetUp() override { SuitePlace() = std::make_unique<Suite>(); }
  void TearDown() override {
    std::map<std::string, long> marks;
    for (const auto& [name, hits] : TheSuite().marks.hits()) marks[name] = hits;
    std::printf("%s", TheSuite().table.Text().c_str());
    for (const auto& [name, hits] : marks) std::printf("mark %-60s %ld\n", name.c_str(), hits);
    WriteTable(marks);
    SuitePlace().reset();
  }
};

}  // namespace

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

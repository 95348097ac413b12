// Every word and byte that commands show, under review: tests/golden/cli/<case>.txt holds the
// command line, its exit code and both streams. TFGRID_COMPOSE_ACCEPT=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/golden/cli/sample_world.h"

namespace gitops {
namespace {

struct GoldenCase {
  std::string name;
  std::vector<std::string> words;
  int width = 0;
  bool empty_world = false;
  bool color = false;
};

void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.name; }

std::filesystem::path Folder() {
  return std::filesystem::path(TFGRID_COMPOSE_SOURCE_DIR) / "tests/golden/cli";
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Record(const GoldenCase& golden) {
  FakeServices services;
  if (!golden.empty_world) testing::FillSampleWorld(services);
  RenderOptions render;
  render.width = golden.width;
  render.color = golden.color;
  const CommandOutcome outcome = RunLine(services, golden.words, {}, render);
  std::string text = "$ tfgrid-compose";
  for (const std::string& word : golden.words) text += " " + word;
  text += "\nexit code " + std::to_string(outcome.exit_code) + "\n";
  if (!outcome.out.empty()) text += "--- standard output\n" + outcome.out;
  if (!outcome.error.empty()) text += "--- standard error\n" + outcome.error;
  return text;
}

std::vector<GoldenCase> Cases() {
  std::vector<GoldenCase> cases{
      {"status_wide", {"status"}},
      {"status_narrow", {"status"}, 72},
      {"status_blocks", {"status"}, 40},
      {"status_color", {"status"}, 0, false, true},
      {"status_nothing", {"status"}, 0, true},
      {"history_nothing", {"history", "web"}, 0, true},
      {"events_nothing", {"events"}, 0, true},
      {"patterns_nothing", {"patterns"}, 0, true},
      {"rollback_dry_run_json", {"rollback", "web", "--dry-run", "-o", "json"}},
      {"drift_nothing", {"drift"}, 0, true},
      {"drift_app", {"drift", "web", "--detailed-exitcode"}},
      {"drift_color", {"drift"}, 0, false, true},
      {"usage_no_command", {}},
      {"usage_unknown_flag", {"reconcile", "--dryrun"}},
      {"ssh", {"ssh", "web"}},
      {"ssh_json", {"ssh", "web", "-o", "json"}},
      {"reconcile_stats", {"reconcile", "--stats"}},
      {"reconcile_stats_json", {"reconcile", "--stats", "-o", "json"}, 0, true},
  };
  for (const std::string command : {"reconcile", "status", "explain", "history", "events",
                                    "patterns", "doctor", "diff", "drift"}) {
    for (const std::string format : {"text", "json", "yaml"}) {
      std::vector<std::string> words{command};
      if (command == "explain" || command == "history" || command == "diff") {
        words.emplace_back("web");
      }
      words.insert(words.end(), {"-o", format});
      if (command == "reconcile") words.emplace_back("--dry-run");
      cases.push_back({command + "_" + format, words});
    }
  }
  return cases;
}

class CliGolden : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(CliGolden, Matches) {
  const std::string record = Record(GetParam());
  const std::filesystem::path path = Folder() / (GetParam().name + ".txt");
  if (std::getenv("TFGRID_COMPOSE_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << record;
  }
  EXPECT_EQ(record, ReadText(path));
}

INSTANTIATE_TEST_SUITE_P(Cases, CliGolden, ::testing::ValuesIn(Cases()),
                         [](const auto& row) { return row.param.name; });

TEST(CliGoldenFiles, HaveACaseEach) {
  std::vector<std::string> names{"CMakeLists"};
  for (const GoldenCase& golden : Cases()) names.push_back(golden.name);
  for (const auto& entry : std::filesystem::directory_iterator(Folder())) {
    if (entry.path().extension() != ".txt") continue;
    EXPECT_NE(std::find(names.begin(), names.end(), entry.path().stem().string()), names.end())
        << entry.path() << " belongs to no case";
  }
}

TEST(CliGoldenFiles, HoldNoControlBytesButColours) {
  for (const auto& entry : std::filesystem::directory_iterator(Folder())) {
    if (entry.path().extension() != ".txt" || entry.path().stem() == "status_color" ||
        entry.path().stem() == "drift_color") {
      continue;
    }
    EXPECT_EQ(ReadText(entry.path()).find('\x1b'), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace gitops

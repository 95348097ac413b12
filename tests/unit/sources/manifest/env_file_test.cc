#include "sources/env_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<EnvFileEntry> Read(std::string_view text) {
  auto entries = ParseEnvFile(text, ".env");
  EXPECT_TRUE(entries.has_value()) << (entries ? "" : entries.error().ToString());
  return entries ? *std::move(entries) : std::vector<EnvFileEntry>{};
}

TEST(ParseEnvFile, TakesValuesAsTheyAre) {
  EXPECT_THAT(Read("# comment\n\nA=1\n  B=two words  # why\nexport C='x # $y'\r\n"
                   "D=\"a\\n\\\"b\\\" $HOME \\$x\" # c\nE=\nF=a#b\nG=http://x/?y=z\n_h=#no"),
              ElementsAre(EnvFileEntry{"A", "1", 3}, EnvFileEntry{"B", "two words", 4},
                          EnvFileEntry{"C", "x # $y", 5}, EnvFileEntry{"D", "a\n\"b\" $HOME $x", 6},
                          EnvFileEntry{"E", "", 7}, EnvFileEntry{"F", "a#b", 8},
                          EnvFileEntry{"G", "http://x/?y=z", 9}, EnvFileEntry{"_h", "", 10}));
  EXPECT_THAT(Read(""), ElementsAre());
  EXPECT_THAT(Read("\xEF\xBB\xBF"
                   "A=\xC3\xA9\n"),
              ElementsAre(EnvFileEntry{"A", "\xC3\xA9", 1}));
}

struct BadLine {
  const char* what;
  std::string text;
  int line;
  const char* detail;
};

class BadEnvFile : public ::testing::TestWithParam<BadLine> {};

TEST_P(BadEnvFile, IsRefusedWithItsLine) {
  const auto entries = ParseEnvFile(GetParam().text, ".env");
  ASSERT_FALSE(entries.has_value());
  ASSERT_EQ(entries.error().diagnostics.size(), 1U) << entries.error().diagnostics[1].ToString();
  const Diagnostic& problem = entries.error().primary();
  EXPECT_EQ(problem.location.file, ".env");
  EXPECT_EQ(problem.location.line, GetParam().line);
  EXPECT_THAT(problem.detail, HasSubstr(GetParam().detail));
  EXPECT_EQ(problem.ToString().find("hunter2"), std::string::npos) << "values are never quoted";
}

INSTANTIATE_TEST_SUITE_P(
    All, BadEnvFile,
    ::testing::Values(BadLine{"NoEquals", "A=1\nhunter2\n", 2, "\"=\""},
                      BadLine{"Yaml", "A: hunter2\n", 1, "\"=\""},
                      BadLine{"SpaceBefore", "A =hunter2\n", 1, "white space"},
                      BadLine{"SpaceAfter", "A= hunter2\n", 1, "white space"},
                      BadLine{"NoName", "=hunter2\n", 1, "name"},
                      BadLine{"Digit", "1A=x\n", 1, "name"}, BadLine{"Dash", "A-B=x\n", 1, "name"},
                      BadLine{"Reserved", "A=1\nLD_PRELOAD=hunter2\n", 2, "reserved"},
                      BadLine{"Twice", "A=1\nB=2\nA=hunter2\n", 3, "line 1"},
                      BadLine{"OpenSingle", "A='hunter2\n", 1, "not closed"},
                      BadLine{"OpenDouble", "A=\"hunter2\nB=1\n", 1, "not closed"},
                      BadLine{"TextBehind", "A='x'hunter2\n", 1, "behind"},
                      BadLine{"QuoteInside", "A=x\"hunter2\"\n", 1, "quote"},
                      BadLine{"Escape", "A=\"hunter2\\x\"\n", 1, "\\"},
                      BadLine{"Control", "A=\x1B[31m\n", 1, "control character"},
                      BadLine{"Nul", std::string("A=1\nB=\0x\n", 9), 2, "NUL"},
                      BadLine{"Latin1", "A=\xE4\n", 1, "UTF-8"},
                      BadLine{"Huge", "A=" + std::string(140'000, 'x') + "\n", 1, "at most"}),
    [](const auto& param_info) { return std::string(param_info.param.what); });

TEST(ParseEnvFile, SizeAndNumberAreLimited) {
  EXPECT_FALSE(ParseEnvFile(std::string(kLargestEnvFile + 1, '#'), ".env").has_value());
  std::string text;
  for (std::size_t i = 0; i < kMostEnvEntries; ++i) text += "A" + std::to_string(i) + "=1\n";
  EXPECT_TRUE(ParseEnvFile(text, ".env").has_value());
  EXPECT_FALSE(ParseEnvFile(text + "ONE_MORE=1\n", ".env").has_value());
}

}  // namespace
}  // namespace gitops

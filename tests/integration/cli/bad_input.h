// BadInput: one row of a table of what a person, a script or a repository may get wrong, and what
// has to hold for every row: the exit code, a message that says where and what helps, no secret and
// no control byte in it, and nothing changed on disk. Rows are numbered by kind.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/redactor.h"
#include "engine/cli/arguments.h"
#include "tests/integration/cli/program.h"

namespace gitops::testing {

struct BadInput {
  std::string name;                       ///< Number and meaning: "cli_33_unknown_flag".
  std::vector<std::string> words;         ///< The command line.
  int exit_code = kExitFailed;            ///< What the row has to end with.
  std::vector<std::string> says;          ///< Parts of its output, wherever it went.
  std::function<void(Program&)> prepare;  ///< Makes the surroundings; may be null.
  std::vector<std::string> never = {};    ///< Secrets and the like.
};

inline void PrintTo(const BadInput& row, std::ostream* out) { *out << row.name; }

/// Path → what is there, of everything below a directory: links by target, files by their bytes.
inline std::map<std::string, std::string> Contents(const std::string& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string path = fs::relative(entry.path(), directory).string();
    std::string& what = contents[path];
    if (entry.is_symlink()) {
      what = "link to " + fs::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      what = std::to_string(entry.file_size()) + " bytes, mode " +
             std::to_string(static_cast<unsigned>(entry.status().permissions()));
    } else {
      what = "special";
    }
  }
  return contents;
}

/// What was printed is fit for a terminal: valid UTF-8 without control bytes.
inline void ExpectPrintable(const std::string& text) {
  EXPECT_EQ(text, EscapeControl(text)) << "control bytes or invalid UTF-8";
}

/// Runs a row and checks everything but what the program changed.
inline ProcessResult RunRow(Program& program, const BadInput& row,
                            const std::vector<std::string>& words) {
  const ProcessResult result = program.Run(words);
  const std::string text = result.output + result.error_output;
  EXPECT_EQ(result.signal, 0) << text;
  EXPECT_EQ(result.exit_code, row.exit_code) << text;
  for (const std::string& secret : row.never)
    EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr(secret)));
  ExpectPrintable(text);
  EXPECT_LT(text.size(), 20'000U) << "nobody reads that much";
  return result;
}

/// The whole of a row that must change nothing, as text and as a document.
inline void CheckRow(const BadInput& row) {
  Program program;
  if (row.prepare) row.prepare(program);
  const auto before = Contents(program.directory.path());
  const ProcessResult result = RunRow(program, row, row.words);
  const std::string text = result.output + result.error_output;
  for (const std::string& part : row.says) EXPECT_THAT(text, ::testing::HasSubstr(part));
  EXPECT_EQ(Contents(program.directory.path()), before) << "something was changed";
  if (row.exit_code != kExitFailed) return;
  EXPECT_THAT(text, ::testing::HasSubstr("error: ")) << "it has to say that it failed";
  std::vector<std::string> words{"-o", "json"};
  words.insert(words.end(), row.words.begin(), row.words.end());
  EXPECT_THAT(RunRow(program, row, words).output, ::testing::StartsWith("{"));
}

/// The name of a row as the name of its test.
inline std::string NameOfRow(const ::testing::TestParamInfo<BadInput>& info) {
  return info.param.name;
}

}  // namespace gitops::testing

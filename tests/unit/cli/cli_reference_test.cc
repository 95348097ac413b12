// docs/cli.md and the program name the same commands and flags.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "engine/cli/arguments.h"
#include "engine/cli/command_table.h"

namespace gitops {
namespace {

struct Section {
  std::set<std::string> flags;  ///< Of the tables: the first cell of each row.
  std::string text;
};

/// The words in backticks of a table row's first cell that are flags: "`--yes`, `-y`".
std::set<std::string> FlagsOfRow(const std::string& line) {
  std::set<std::string> flags;
  const std::string cell = line.substr(0, line.find('|', 1));
  for (std::size_t begin = cell.find('`'); begin != std::string::npos;) {
    const std::size_t end = cell.find('`', begin + 1);
    const std::string word = cell.substr(begin + 1, end - begin - 1);
    if (word[0] == '-') flags.insert(word.substr(0, word.find(' ')));
    begin = cell.find('`', end + 1);
  }
  return flags;
}

/// Sections by command; "" is what stands before the first of them.
std::map<std::string, Section> ReadReference() {
  std::ifstream file(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/cli.md");
  EXPECT_TRUE(file.is_open());
  std::map<std::string, Section> sections;
  std::string current;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("### ", 0) == 0) current = line.substr(4);
    if (line.rfind("## ", 0) == 0) current = line == "## Flags of all commands" ? "" : line;
    Section& section = sections[current];
    section.text += line + "\n";
    if (line.rfind("| `-", 0) == 0) section.flags.merge(FlagsOfRow(line));
  }
  return sections;
}

std::set<std::string> NamesOf(const std::vector<FlagSpec>& flags) {
  std::set<std::string> names;
  for (const FlagSpec& flag : flags) {
    names.emplace(flag.name);
    if (!flag.alias.empty()) names.emplace(flag.alias);
  }
  return names;
}

TEST(CliReference, NamesEveryCommandAndNoOther) {
  std::set<std::string> documented;
  for (const auto& [name, section] : ReadReference()) {
    if (!name.empty() && name[0] != '#') documented.insert(name);
  }
  std::set<std::string> commands;
  for (const CommandSpec& command : Commands()) {
    if (command.audience == CommandAudience::kPublic) commands.emplace(command.name);
  }
  EXPECT_EQ(documented, commands);
}

TEST(CliReference, NamesEveryFlagAndNoOther) {
  auto sections = ReadReference();
  EXPECT_EQ(sections[""].flags, NamesOf(GlobalFlags()));
  for (const CommandSpec& command : Commands()) {
    if (command.audience != CommandAudience::kPublic) continue;
    EXPECT_EQ(sections[std::string(command.name)].flags, NamesOf(command.flags)) << command.name;
  }
}

TEST(CliReference, ShowsAnExampleOfEveryCommand) {
  auto sections = ReadReference();
  for (const CommandSpec& command : Commands()) {
    if (command.audience != CommandAudience::kPublic) continue;
    EXPECT_THAT(sections[std::string(command.name)].text,
                ::testing::HasSubstr(std::string(command.example)))
        << command.name;
  }
}

TEST(CliReference, MentionsTheNamesThatComeLater) {
  std::string text;
  for (const auto& [name, section] : ReadReference()) text += section.text;
  for (const CommandSpec& command : Commands()) {
    if (command.audience != CommandAudience::kLater) continue;
    EXPECT_THAT(text, ::testing::HasSubstr("`" + std::string(command.name) + "`"));
  }
}

/// Words of a line of shell: split at spaces, quotes removed, up to a comment (after "#", or apart
/// from the rest); placeholders such as APP stand for something that fits.
std::vector<std::string> WordsOf(std::string line) {
  line.resize(std::min(line.find("   "), line.size()));
  std::vector<std::string> words;
  std::string word;
  char quote = '\0';
  for (const char c : line + " ") {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
      if (c != quote && quote != '\0') word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      if (word[0] == '#') break;
      if (word == "APP") word = "web";
      if (word == "N") word = "1";
      if (word == "SOURCE") word = "apps";
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

/// A command to copy out of a page: not a usage line with placeholders, nothing for a shell.
bool IsCommandToCopy(const std::string& line) {
  return line.rfind("tfgrid-compose ", 0) == 0 &&
         line.find_first_of("[]<>|$;&") == std::string::npos &&
         line.find("...") == std::string::npos && line.find("COMMAND") == std::string::npos;
}

TEST(Documentation, ShowsNoCommandThatTheProgramRefuses) {
  std::size_t commands = 0;
  const std::filesystem::path root = TFGRID_COMPOSE_SOURCE_DIR;
  std::vector<std::filesystem::path> pages{root / "README.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  for (const std::filesystem::path& page : pages) {
    std::ifstream file(page);
    bool in_block = false;
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("```", 0) == 0) in_block = !in_block;
      if (in_block && line.rfind("$ ", 0) == 0) line.erase(0, 2);
      if (!in_block || !IsCommandToCopy(line)) continue;
      std::vector<std::string> words = WordsOf(line);
      words.erase(words.begin());
      if (words.empty()) continue;
      ++commands;
      const ParseOutcome outcome = ParseArguments(words);
      const auto* error = std::get_if<UsageError>(&outcome);
      EXPECT_EQ(error, nullptr) << page << ": " << line << "\n"
                                << (error == nullptr ? "" : error->message);
    }
  }
  EXPECT_GT(commands, 20U);
}

}  // namespace
}  // namespace gitops

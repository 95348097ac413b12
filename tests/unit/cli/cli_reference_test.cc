// docs/cli.md and the program name the same commands and flags.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

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

}  // namespace
}  // namespace gitops

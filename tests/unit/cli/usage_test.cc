#include "engine/cli/usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Usage, Lines) {
  EXPECT_EQ(UsageLine(FindCommand("rollback")),
            "tfgrid-compose rollback APP [--to N] [--dry-run] [--revert]");
  EXPECT_EQ(UsageLine(FindCommand("suspend")), "tfgrid-compose suspend APP --reason TEXT");
  EXPECT_EQ(UsageLine(FindCommand("exec")), "tfgrid-compose exec APP -- CMD...");
  EXPECT_EQ(UsageLine(FindCommand("run")), "tfgrid-compose run APP COMMAND [ARGS...]");
  EXPECT_EQ(UsageLine(FindCommand("validate")), "tfgrid-compose validate PATH...");
}

TEST(Usage, HelpNamesEveryPublicCommandAndNoHiddenOne) {
  const std::string help = HelpText(nullptr);
  for (const CommandSpec& command : Commands()) {
    const std::string line = "  " + std::string(command.name) + " ";
    if (command.audience == CommandAudience::kPublic) {
      EXPECT_THAT(help, HasSubstr(line));
    } else {
      EXPECT_THAT(help, Not(HasSubstr(line)));
    }
  }
}

TEST(Usage, HelpOfACommandNamesItsFlagsAndShowsAnExample) {
  for (const CommandSpec& command : Commands()) {
    const std::string help = HelpText(&command);
    for (const FlagSpec& flag : command.flags) EXPECT_THAT(help, HasSubstr(std::string(flag.name)));
    EXPECT_THAT(help, HasSubstr(std::string(command.example)));
  }
}

TEST(Completion, EveryScriptKnowsEveryCommandAndFlag) {
  for (const std::string_view shell : Choices(ValueKind::kShell)) {
    const std::string script = CompletionScript(shell);
    for (const CommandSpec& command : Commands()) {
      if (command.audience != CommandAudience::kPublic) continue;
      EXPECT_THAT(script, HasSubstr(std::string(command.name))) << shell;
      for (const FlagSpec& flag : command.flags) {
        const std::string name(shell == "fish" ? flag.name.substr(2) : flag.name);
        EXPECT_THAT(script, HasSubstr(name)) << shell;
      }
    }
    EXPECT_THAT(script, Not(HasSubstr("internal-fetch"))) << shell;
  }
}

}  // namespace
}  // namespace gitops

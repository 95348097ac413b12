#include "engine/cli/log_choice.h"

#include <gtest/gtest.h>

#include "engine/cli/command_table.h"

namespace gitops {
namespace {

class LogChoiceTest : public ::testing::Test {
 protected:
  LogChoiceTest() {
    serve_.name = "serve";
    status_.name = "status";
  }

  LogChoice Choose(const CommandSpec* command, const LogSpec& spec, bool terminal,
                   std::optional<LogLevel> given = std::nullopt) {
    Arguments arguments;
    arguments.command = command;
    arguments.log_level = given;
    return ChooseLog(spec, arguments, terminal);
  }

  CommandSpec serve_;
  CommandSpec status_;
};

TEST_F(LogChoiceTest, ADaemonWithoutATerminalWritesJson) {
  EXPECT_EQ(Choose(&serve_, {}, false), (LogChoice{LogLevel::kInfo, LogFormat::kJson}));
  EXPECT_EQ(Choose(&serve_, {}, true), (LogChoice{LogLevel::kInfo, LogFormat::kText}));
  EXPECT_EQ(Choose(&status_, {}, false), (LogChoice{LogLevel::kWarning, LogFormat::kText}));
  EXPECT_EQ(Choose(nullptr, {}, false), (LogChoice{LogLevel::kWarning, LogFormat::kText}));
}

TEST_F(LogChoiceTest, TheConfigurationDecides) {
  EXPECT_EQ(Choose(&serve_, {"text", "error"}, false),
            (LogChoice{LogLevel::kError, LogFormat::kText}));
  EXPECT_EQ(Choose(&status_, {"json", ""}, true),
            (LogChoice{LogLevel::kWarning, LogFormat::kJson}));
}

TEST_F(LogChoiceTest, TheArgumentGoesBeforeTheConfiguration) {
  EXPECT_EQ(Choose(&serve_, {"auto", "error"}, true, LogLevel::kDebug).level, LogLevel::kDebug);
}

}  // namespace
}  // namespace gitops

#include "engine/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/usage.h"

namespace gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Arguments Parse(const std::vector<std::string>& words) {
  ParseOutcome outcome = ParseArguments(words);
  if (const auto* error = std::get_if<UsageError>(&outcome)) {
    ADD_FAILURE() << error->message;
    return {};
  }
  return std::get<Arguments>(outcome);
}

std::string Refusal(const std::vector<std::string>& words) {
  const ParseOutcome outcome = ParseArguments(words);
  const auto* error = std::get_if<UsageError>(&outcome);
  if (error == nullptr) return "accepted";
  return UsageErrorText(*error);
}

TEST(Arguments, EveryFlagOfReconcile) {
  const Arguments arguments =
      Parse({"reconcile", "web", "production/api", "--dry-run", "--source", "apps",
             "--environment=production", "--detailed-exitcode", "--prune", "--full"});
  ASSERT_NE(arguments.command, nullptr);
  EXPECT_EQ(arguments.command->name, "reconcile");
  EXPECT_THAT(arguments.positionals, ElementsAre("web", "production/api"));
  EXPECT_EQ(arguments.source, "apps");
  EXPECT_EQ(arguments.environment, "production");
  EXPECT_TRUE(arguments.dry_run);
  EXPECT_TRUE(arguments.detailed_exitcode);
  EXPECT_TRUE(arguments.prune);
  EXPECT_TRUE(arguments.full);
  EXPECT_FALSE(arguments.stats);
}

TEST(Arguments, GlobalFlagsStandBeforeAndAfterTheCommand) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--config", "c.yaml", "-o", "json", "--stats", "--no-color", "--state-dir", "s",
            "--log-level", "debug", "status", "web"},
           {"status", "web", "--config", "c.yaml", "-o", "json", "--stats", "--no-color",
            "--state-dir=s", "--log-level", "debug"},
           {"--config=c.yaml", "status", "--output", "json", "web", "--stats", "--no-color",
            "--state-dir", "s", "--log-level=debug"}}) {
    const Arguments arguments = Parse(words);
    ASSERT_NE(arguments.command, nullptr);
    EXPECT_EQ(arguments.command->name, "status");
    EXPECT_THAT(arguments.positionals, ElementsAre("web"));
    EXPECT_EQ(arguments.config_file, "c.yaml");
    EXPECT_EQ(arguments.state_dir, "s");
    EXPECT_EQ(arguments.output, OutputFormat::kJson);
    EXPECT_EQ(arguments.log_level, LogLevel::kDebug);
    EXPECT_TRUE(arguments.stats);
    EXPECT_TRUE(arguments.no_color);
  }
}

TEST(Arguments, ValuesHaveDefaults) {
  const Arguments arguments = Parse({"events"});
  EXPECT_EQ(arguments.output, OutputFormat::kText);
  EXPECT_EQ(arguments.log_level, std::nullopt);
  EXPECT_EQ(arguments.limit, 100);
  EXPECT_EQ(arguments.run, 0);
  EXPECT_FALSE(arguments.to.has_value());
  EXPECT_THAT(arguments.config_file, IsEmpty());
}

TEST(Arguments, TypedValues) {
  EXPECT_EQ(Parse({"rollback", "web", "--to", "3"}).to, 3);
  EXPECT_EQ(Parse({"logs", "web", "--run", "17", "-f"}).run, 17);
  EXPECT_TRUE(Parse({"logs", "web", "--run", "17", "-f"}).follow);
  EXPECT_EQ(Parse({"events", "--limit", "5"}).limit, 5);
  EXPECT_EQ(Parse({"suspend", "web", "--reason", "a b"}).reason, "a b");
  EXPECT_EQ(Parse({"status", "-o", "yaml"}).output, OutputFormat::kYaml);
}

TEST(Arguments, RunHandsOnEverythingAfterTheCommandName) {
  const Arguments arguments =
      Parse({"run", "-o", "json", "web", "create-user", "--admin", "--", "-o", "text"});
  EXPECT_THAT(arguments.positionals, ElementsAre("web", "create-user"));
  EXPECT_THAT(arguments.rest, ElementsAre("--admin", "--", "-o", "text"));
  EXPECT_EQ(arguments.output, OutputFormat::kJson);
}

TEST(Arguments, ExecHandsOnEverythingAfterTheDashes) {
  EXPECT_THAT(Parse({"exec", "web", "--", "ls", "-l", "--", "x"}).rest,
              ElementsAre("ls", "-l", "--", "x"));
  EXPECT_THAT(Parse({"exec", "web", "ls", "--config"}).rest, ElementsAre("ls", "--config"));
  const Arguments arguments = Parse({"exec", "web", "--state-dir", "s", "--", "ls", "-o", "x"});
  EXPECT_EQ(arguments.state_dir, "s");
  EXPECT_THAT(arguments.rest, ElementsAre("ls", "-o", "x"));
  EXPECT_THAT(Parse({"exec", "production/web", "--", "ls"}).positionals,
              ElementsAre("production/web"));
}

TEST(Arguments, AnAppMayBeCalledLikeACommand) {
  const Arguments arguments = Parse({"explain", "status"});
  EXPECT_EQ(arguments.command->name, "explain");
  EXPECT_THAT(arguments.positionals, ElementsAre("status"));
}

TEST(Arguments, PsIsStatus) { EXPECT_EQ(Parse({"ps"}).command->name, "status"); }

TEST(Arguments, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(Parse({"--help"}).help);
  EXPECT_TRUE(Parse({"--version"}).version);
  const Arguments arguments = Parse({"rollback", "--help"});
  EXPECT_TRUE(arguments.help);
  EXPECT_EQ(arguments.command->name, "rollback");
}

TEST(Arguments, HelpIsAWordToo) {
  EXPECT_TRUE(Parse({"help"}).help);
  EXPECT_EQ(Parse({"help"}).command, nullptr);
  EXPECT_TRUE(Parse({"help", "run"}).help);
  EXPECT_EQ(Parse({"help", "run"}).command->name, "run");
  EXPECT_THAT(Refusal({"help", "rnu"}), HasSubstr("did you mean \"run\"?"));
}

TEST(Arguments, EqualRepetitionsAreNoConflict) {
  EXPECT_EQ(Parse({"status", "-o", "json", "--output", "json"}).output, OutputFormat::kJson);
  EXPECT_TRUE(Parse({"reconcile", "--dry-run", "--dry-run"}).dry_run);
}

struct Misuse {
  std::string name;
  std::vector<std::string> words;
  std::string says;
};

void PrintTo(const Misuse& row, std::ostream* out) { *out << row.name; }

class MisuseTest : public ::testing::TestWithParam<Misuse> {};

TEST_P(MisuseTest, IsRefusedWithAReason) {
  const std::string text = Refusal(GetParam().words);
  EXPECT_THAT(text, HasSubstr(GetParam().says));
  EXPECT_THAT(text, HasSubstr("usage: tfgrid-compose"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, MisuseTest,
    ::testing::Values(
        Misuse{"NoCommand", {}, "error: no command"},
        Misuse{"OnlyGlobalFlags", {"--stats"}, "error: no command"},
        Misuse{"UnknownCommand", {"reconsile"}, "did you mean \"reconcile\"?"},
        Misuse{"ForeignCommand", {"aply"}, "for \"apply\" use: tfgrid-compose reconcile"},
        Misuse{"FormerCommand", {"address", "web"}, "tfgrid-compose status APP"},
        Misuse{"FormerInspect", {"inspect"}, "tfgrid-compose explain APP"},
        Misuse{"SynonymApply", {"apply"}, "use: tfgrid-compose reconcile"},
        Misuse{"UnknownFlag", {"reconcile", "--dryrun"}, "did you mean \"--dry-run\"?"},
        Misuse{"UnknownFlagWithValue", {"reconcile", "--sorce=a"}, "did you mean \"--source\"?"},
        Misuse{"UnknownShortFlag", {"status", "-x"}, "unknown flag \"-x\" of status"},
        Misuse{
            "FlagOfAnotherCommand", {"status", "--follow"}, "unknown flag \"--follow\" of status"},
        Misuse{"FlagBeforeItsCommand", {"--dry-run", "reconcile"}, "--dry-run"},
        Misuse{"FlagWithoutValue", {"reconcile", "--source"}, "--source needs a value"},
        Misuse{
            "FlagFollowedByFlag", {"reconcile", "--source", "--prune"}, "--source needs a value"},
        Misuse{"SwitchWithValue", {"reconcile", "--prune=maybe"}, "--prune"},
        Misuse{"TwoValues", {"rollback", "web", "--to", "1", "--to", "2"}, "--to is given twice"},
        Misuse{
            "TwoConfigs", {"--config", "a", "status", "--config", "b"}, "--config is given twice"},
        Misuse{"NoApp", {"rollback"}, "rollback needs APP"},
        Misuse{"NoReason", {"suspend", "web"}, "suspend needs --reason TEXT"},
        Misuse{"MistypedReason", {"suspend", "web", "--reson", "x"}, "did you mean \"--reason\"?"},
        Misuse{"TwoApps", {"rollback", "web", "api"}, "unexpected argument \"api\""},
        Misuse{"NoPath", {"validate"}, "validate needs PATH"},
        Misuse{"NoCommandToExec", {"exec", "web", "--"}, "exec needs CMD"},
        Misuse{"MistypedFlagBeforeTheProgram",
               {"exec", "web", "--state-dri", "s", "--", "ls"},
               "did you mean \"--state-dir\"?"},
        Misuse{"NoCommandToRun", {"run", "web"}, "run needs COMMAND"},
        Misuse{"AppPath", {"status", "../x"}, "cannot be the name of an app"},
        Misuse{"AppFlag", {"status", "-rf"}, "unknown flag \"-rf\""},
        Misuse{"AppAfterDashes", {"status", "--", "-rf"}, "cannot be the name of an app"},
        Misuse{"AppTooLong", {"status", std::string(300, 'a')}, "1 to 63 characters"},
        Misuse{"AppSubstitution", {"status", "$(id)"}, "1 to 63 characters a-z 0-9 -"},
        Misuse{"AppThreeParts", {"status", "a/b/c"}, "ENVIRONMENT/NAME"},
        Misuse{"AppEmpty", {"status", ""}, "cannot be the name of an app"},
        Misuse{"AppEscape", {"status", "\x1b[31m"}, "\\x1b[31m"},
        Misuse{"AppNotUtf8", {"status", "\xff\xfe"}, "cannot be the name of an app"},
        Misuse{"Output", {"status", "--output", "xml"}, "use text, json or yaml"},
        Misuse{"LogLevel", {"status", "--log-level", "loud"}, "use trace, debug"},
        Misuse{"ToZero", {"rollback", "web", "--to", "0"}, "whole number from 1"},
        Misuse{"ToNegative", {"rollback", "web", "--to=-1"}, "whole number from 1"},
        Misuse{"ToText", {"rollback", "web", "--to", "3f"}, "whole number from 1"},
        Misuse{
            "ToHuge", {"rollback", "web", "--to", "99999999999999999999"}, "whole number from 1"},
        Misuse{"RunNegative", {"logs", "web", "--run=-1"}, "whole number from 1"},
        Misuse{"Since", {"logs", "web", "--since", "yesterday"}, "unknown flag \"--since\""},
        Misuse{"Tail", {"logs", "web", "--tail", "-1"}, "unknown flag \"--tail\""},
        Misuse{"Limit", {"events", "--limit", "0"}, "whole number from 1"},
        Misuse{"Environment", {"up", "--environment", "A B"}, "--environment cannot be"},
        Misuse{"Source", {"reconcile", "--source", "../x"}, "--source cannot be"},
        Misuse{"Shell", {"completion", "tcsh"}, "use bash, zsh or fish"},
        Misuse{"NoShell", {"completion"}, "completion needs SHELL: bash, zsh or fish"},
        Misuse{"NoTask", {"token"}, "token needs TASK: create, list or revoke"},
        Misuse{"EmptyConfig", {"--config", "", "status"}, "--config is empty"}),
    [](const auto& row) { return row.param.name; });

TEST(Arguments, TooManyWordsAreRefused) {
  EXPECT_THAT(Refusal(std::vector<std::string>(10'001, "x")), HasSubstr("more than 10000"));
  EXPECT_THAT(Refusal({"status", std::string(200'000, 'x')}), HasSubstr("longer than"));
}

}  // namespace
}  // namespace gitops

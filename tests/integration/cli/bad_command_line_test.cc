// What may be wrong with a command line, against the real binary.
#include "tests/integration/cli/bad_input.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using testing::BadInput;
using testing::CheckRow;
using testing::Contents;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Program;
using ::testing::StartsWith;

class BadCommandLine : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadCommandLine, IsSaidAndChangesNothing) { CheckRow(GetParam()); }

/// Wrong use: the command's usage line comes with it.
BadInput Misuse(std::string name, std::vector<std::string> words, std::vector<std::string> says) {
  says.emplace_back("usage: tfgrid-compose");
  says.emplace_back("more: tfgrid-compose");
  return {std::move(name), std::move(words), kExitUsage, std::move(says), nullptr};
}

BadInput Fails(std::string name, std::vector<std::string> words, std::vector<std::string> says) {
  says.emplace_back("hint: ");
  return {std::move(name), std::move(words), kExitFailed, std::move(says), nullptr};
}

constexpr const char* kNameRule = "a-z 0-9 -";

INSTANTIATE_TEST_SUITE_P(
    Words, BadCommandLine,
    ::testing::Values(
        Misuse("cli_31_no_command", {}, {"no command", "reconcile"}),
        Misuse("cli_31_only_a_flag", {"--stats"}, {"no command"}),
        Misuse("cli_32_unknown_command", {"reconcil"}, {"did you mean \"reconcile\"?"}),
        Misuse("cli_32_command_of_other_tools", {"apply"}, {"use: tfgrid-compose reconcile"}),
        Misuse("cli_32_mistyped_command_of_other_tools", {"aply"},
               {"unknown command \"aply\"", "tfgrid-compose reconcile"}),
        Misuse("cli_32_command_in_capitals", {"STATUS"}, {"did you mean \"status\"?"}),
        Misuse("cli_32_empty_command", {""}, {"unknown command \"\""}),
        Misuse("cli_33_unknown_flag", {"status", "--bogus"},
               {"unknown flag \"--bogus\" of status"}),
        Misuse("cli_33_mistyped_flag", {"reconcile", "--dryrun"}, {"did you mean \"--dry-run\"?"}),
        Misuse("cli_33_flag_of_another_command", {"status", "--prune"}, {"--prune", "of status"}),
        Misuse("cli_33_short_flags_joined", {"status", "-rf"}, {"unknown flag"}),
        Misuse("cli_34_flag_without_value", {"reconcile", "--source"},
               {"--source needs a value: --source NAME"}),
        Misuse("cli_34_flag_with_an_empty_value", {"status", "--config="},
               {"--config= has no value: --config FILE"}),
        Misuse("cli_34_empty_state_directory", {"--state-dir=", "status"},
               {"--state-dir= has no value"}),
        Misuse("cli_34_flag_before_another_flag", {"reconcile", "--source", "--prune"},
               {"--source needs a value"}),
        Misuse("cli_34_switch_with_a_value", {"status", "--stats=1"}, {"is a switch"}),
        Misuse("cli_35_one_flag_twice", {"status", "--config", "a", "--config", "b"},
               {"given twice", "\"a\"", "\"b\""}),
        Misuse("cli_35_long_and_short_flag", {"status", "-o", "json", "--output", "yaml"},
               {"given twice"}),
        Misuse("cli_36_app_missing", {"rollback"}, {"rollback needs APP"}),
        Misuse("cli_36_command_missing", {"exec", "web"}, {"exec needs"}),
        Misuse("cli_36_reason_missing", {"suspend", "web"}, {"--reason TEXT"}),
        Misuse("cli_36_path_missing", {"validate"}, {"validate needs PATH"}),
        Misuse("cli_36_one_word_too_many", {"status", "a", "b"}, {"unexpected argument \"b\""}),
        Misuse("cli_41_restore_without_yes_is_not_reached", {"restore"}, {"restore needs FILE"}),
        Misuse("cli_42_no_such_selection_of_logs", {"logs", "web", "--since", "yesterday"},
               {"unknown flag \"--since\" of logs", "[--run N]"}),
        Misuse("cli_42_negative_run", {"logs", "web", "--run", "-1"}, {"--run", "from 1"}),
        Misuse("cli_42_limit_zero", {"events", "--limit", "0"}, {"--limit", "from 1"}),
        Misuse("cli_42_limit_too_large", {"events", "--limit", "99999999999999999999"},
               {"--limit"}),
        Misuse("cli_42_limit_with_a_sign", {"events", "--limit", "+5"}, {"--limit"}),
        Misuse("cli_42_limit_a_fraction", {"events", "--limit", "1e3"}, {"--limit"}),
        Misuse("cli_43_unknown_format", {"status", "--output", "xml"}, {"text, json or yaml"}),
        Misuse("cli_43_format_in_capitals", {"status", "-o", "JSON"}, {"text, json or yaml"}),
        Misuse("cli_43_unknown_shell", {"completion", "tcsh"}, {"bash, zsh or fish"})),
    testing::NameOfRow);

INSTANTIATE_TEST_SUITE_P(
    Names, BadCommandLine,
    ::testing::Values(
        Misuse("cli_37_name_up", {"status", "../x"}, {"\"../x\"", kNameRule}),
        Misuse("cli_37_name_option", {"status", "--", "-rf"}, {"\"-rf\"", kNameRule}),
        Misuse("cli_37_name_of_300_characters", {"status", std::string(300, 'a')},
               {"1 to 63 characters"}),
        Misuse("cli_37_name_substitution", {"status", "$(id)"}, {"\"$(id)\"", kNameRule}),
        Misuse("cli_37_name_empty", {"status", ""}, {kNameRule}),
        Misuse("cli_37_name_half", {"status", "production/"}, {kNameRule}),
        Misuse("cli_37_name_of_three_parts", {"status", "a/b/c"}, {kNameRule}),
        Misuse("cli_37_name_line_break", {"status", "web\nerror: forged"},
               {"web\\nerror: forged", kNameRule}),
        Misuse("cli_37_name_escape_sequence", {"down", "\x1b[2Jx", "--yes"}, {"\\x1b", kNameRule}),
        Misuse("cli_37_name_bidirectional",
               {"status",
                "a\xe2\x80\xae"
                "b"},
               {kNameRule}),
        Misuse("cli_37_source_up", {"reconcile", "--source", "../x"}, {"\"../x\"", kNameRule}),
        Misuse("cli_37_environment_option", {"reconcile", "--environment=-x"}, {kNameRule}),
        Misuse("cli_49_name_not_utf8", {"status", "\xff\xfe"}, {"\\xff\\xfe", kNameRule}),
        Misuse("cli_49_command_not_utf8", {"st\xff"}, {"\\xff"}),
        Misuse("cli_49_flag_not_utf8", {"status", "--\xff=x"}, {"\\xff"})),
    testing::NameOfRow);

INSTANTIATE_TEST_SUITE_P(
    NothingThere, BadCommandLine,
    ::testing::Values(
        Fails("cli_38_app_not_found", {"status", "web"}, {"no such app"}),
        Fails("cli_40_rollback_without_a_state", {"rollback", "web"},
              {"no such app", "nothing was deployed yet"}),
        Fails("cli_40_rollback_to_a_number", {"rollback", "web", "--to", "3"}, {"no such app"}),
        Fails("cli_41_down_without_a_state", {"down", "web", "--yes"}, {"no such app"}),
        Fails("cli_41_suspend_without_a_state", {"suspend", "web", "--reason", "x"},
              {"no such app"}),
        Fails("cli_41_resume_without_a_state", {"resume", "web"}, {"no such app"}),
        Fails("cli_41_exec_without_a_state", {"exec", "web", "--", "ls"}, {"no such app"}),
        Fails("cli_44_shell_not_in_this_version", {"ssh", "web"}, {"not in this version"}),
        Fails("cli_50_up_of_nothing", {"up", "none"}, {"no such directory", "tfgrid-compose init"}),
        Fails("cli_50_up_of_a_folder_without_manifest", {"up", "."}, {"no manifest"}),
        Fails("cli_50_validate_of_nothing", {"validate", "none"}, {"nothing at \"none\""}),
        Fails("cli_50_validate_of_a_device", {"validate", "/dev/zero"},
              {"a device, a pipe or a socket"}),
        Fails("cli_50_restore_of_nothing", {"restore", "none", "--yes"}, {"none"}),
        Fails("cli_50_state_in_a_file", {"--state-dir", "/dev/null", "status"},
              {"/dev/null", "--state-dir DIR"}),
        Fails("cli_50_config_not_utf8", {"--config", "\xff", "status"}, {"\\xff"})),
    testing::NameOfRow);

INSTANTIATE_TEST_SUITE_P(
    Surroundings, BadCommandLine,
    ::testing::Values(BadInput{"cli_49_no_columns",
                               {"status"},
                               kExitDone,
                               {"No apps yet"},
                               [](Program& program) { program.environment["COLUMNS"] = "0"; }},
                      BadInput{"cli_49_columns_no_number",
                               {"--help"},
                               kExitDone,
                               {"Usage: "},
                               [](Program& program) { program.environment["COLUMNS"] = "-5x"; }},
                      BadInput{"cli_49_no_terminal_type",
                               {"doctor"},
                               kExitDone,
                               {"checks"},
                               [](Program& program) { program.environment["TERM"] = ""; }},
                      BadInput{"cli_49_no_colour",
                               {"status"},
                               kExitDone,
                               {"No apps yet"},
                               [](Program& program) { program.environment["NO_COLOR"] = "1"; }},
                      BadInput{
                          "cli_49_unknown_locale",
                          {"status"},
                          kExitDone,
                          {"No apps yet"},
                          [](Program& program) { program.environment["LC_ALL"] = "nowhere.x"; }},
                      BadInput{"cli_49_odd_path",
                               {"status"},
                               kExitDone,
                               {"No apps yet"},
                               [](Program& program) { program.environment["PATH"] = ""; }}),
    testing::NameOfRow);

/// Commands on apps that exist, and the way to one that does not.
class BadAppTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(program_.Run({"init", "web"}).exit_code, kExitDone);
    ASSERT_EQ(program_.Run({"up", "web"}).exit_code, kExitDone);
  }
  /// Runs what must fail and change nothing; its text.
  std::string Refused(const std::vector<std::string>& words, int exit_code = kExitFailed) {
    const auto before = Contents(program_.directory.path());
    const ProcessResult result = program_.Run(words);
    EXPECT_EQ(result.exit_code, exit_code) << result.output << result.error_output;
    auto after = Contents(program_.directory.path());
    for (const char* name :
         {"state/lock", "state/state.db", "state/state.db-wal", "state/state.db-shm"}) {
      after[name] = before.contains(name) ? before.at(name) : "";  // Opening it is no change.
      if (after[name].empty()) after.erase(name);
    }
    EXPECT_EQ(after, before);
    testing::ExpectPrintable(result.output + result.error_output);
    return result.output + result.error_output;
  }

  Program program_;
};

TEST_F(BadAppTest, Cli38ANearNameIsNamed) {
  for (const std::string command :
       {"status", "rollback", "diff", "explain", "history", "logs", "resume"}) {
    EXPECT_THAT(Refused({command, "wbe"}), HasSubstr("did you mean \"web\"?")) << command;
  }
  EXPECT_THAT(Refused({"status", "production/web"}), HasSubstr("no such app"));
  EXPECT_THAT(Refused({"reconcile", "wbe"}), HasSubstr("did you mean \"web\"?"));
}

TEST_F(BadAppTest, Cli39And40ThereIsNothingToGoBackTo) {
  EXPECT_THAT(Refused({"rollback", "web", "--to", "7"}),
              AllOf(HasSubstr("no such snapshot"), HasSubstr("1 (")));
  EXPECT_THAT(Refused({"rollback", "web", "--to", "abcd"}, kExitUsage), HasSubstr("whole number"));
  EXPECT_THAT(Refused({"rollback", "web", "--to", "0"}, kExitUsage), HasSubstr("whole number"));
  EXPECT_THAT(Refused({"rollback", "web"}), AllOf(HasSubstr("snapshot"), HasSubstr("hint: ")));
}

TEST_F(BadAppTest, Cli41NothingIsRemovedWithoutAYes) {
  EXPECT_THAT(Refused({"down", "web"}, kExitUsage),
              AllOf(HasSubstr("removes default/web and all its data"),
                    HasSubstr("infrastructure.host"), HasSubstr("add --yes")));
  EXPECT_THAT(program_.Run({"status"}).output, HasSubstr("Healthy"));
}

TEST_F(BadAppTest, Cli42LogsOfARunThatNeverWas) {
  EXPECT_THAT(Refused({"logs", "web", "--run", "99"}), HasSubstr("no "));
}

TEST_F(BadAppTest, Cli47EveryCommandMindsItsOutput) {
  for (const std::string command :
       {"status", "history web", "events", "explain web", "logs web", "patterns", "version",
        "doctor", "diff web", "validate web", "status -o json"}) {
    const ProcessResult full = program_.Shell("\"$P\" " + command + " > /dev/full");
    EXPECT_EQ(full.exit_code, kExitFailed) << command;
    EXPECT_THAT(full.error_output, HasSubstr("write error")) << command;
    const ProcessResult closed = program_.Shell("{ \"$P\" " + command + "; echo $? >&2; } | true");
    EXPECT_THAT(closed.error_output, HasSubstr("0\n")) << command;
    EXPECT_THAT(closed.error_output, Not(HasSubstr("rror"))) << command;
  }
}

}  // namespace
}  // namespace gitops

// The life of an app on this machine, through the command line alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/arguments.h"
#include "tests/integration/cli/program.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DeployTest : public ::testing::Test {
 protected:
  /// Runs a command that has to succeed, and returns its output.
  std::string Do(const std::vector<std::string>& words) {
    const ProcessResult result = program_.Run(words);
    std::string line;
    for (const std::string& word : words) line += " " + word;
    EXPECT_EQ(result.exit_code, kExitDone) << line << "\n" << result.output << result.error_output;
    return result.output;
  }
  void Git(const std::string& line) {
    const ProcessResult result =
        program_.Shell("git -C repository -c user.name=t -c user.email=t@example.org " + line);
    EXPECT_EQ(result.exit_code, 0) << line << "\n" << result.error_output;
  }

  testing::Program program_;
};

TEST_F(DeployTest, TheStarterLives) {
  Do({"init", "hello"});
  EXPECT_EQ(program_.Run({"init", "hello"}).exit_code, kExitFailed);
  EXPECT_THAT(Do({"validate", "hello"}), HasSubstr("ok  hello/tfgrid-compose.yaml (hello)"));
  EXPECT_THAT(Do({"up", "hello", "--dry-run"}), HasSubstr("1 to create"));
  EXPECT_THAT(Do({"status"}), HasSubstr("No apps"));
  EXPECT_THAT(Do({"up", "hello"}), HasSubstr("1 created"));
  EXPECT_THAT(Do({"up", "hello"}), HasSubstr("Nothing to do"));
  EXPECT_THAT(Do({"status"}), AllOf(HasSubstr("default/hello"), HasSubstr("Healthy")));
  EXPECT_THAT(Do({"logs", "hello"}), HasSubstr("app.healthcheck"));
  EXPECT_THAT(Do({"history", "hello"}), HasSubstr("succeeded"));
  EXPECT_THAT(Do({"explain", "hello"}), HasSubstr("environment.GREETING from default"));
  EXPECT_EQ(program_.Run({"down", "hello"}).exit_code, kExitUsage);
  EXPECT_THAT(Do({"down", "hello", "--yes"}), HasSubstr("1 deleted"));
  EXPECT_THAT(Do({"status"}), HasSubstr("No apps"));
}

TEST_F(DeployTest, GitOperations) {
  Do({"init", "repository/web"});
  EXPECT_EQ(program_.Shell("git init -q -b main repository").exit_code, 0);
  Git("add -A");
  Git("commit -qm one");
  program_.directory.Write("reconciler.yaml",
                           "sources: [{name: apps, url: ./repository, environment: production}]\n");
  EXPECT_EQ(program_.Run({"reconcile", "--dry-run", "--detailed-exitcode"}).exit_code,
            kExitChangesPending);
  Do({"reconcile"});
  EXPECT_EQ(program_.Run({"reconcile", "--dry-run", "--detailed-exitcode"}).exit_code, kExitDone);

  EXPECT_EQ(program_
                .Shell("sed -i 's/default: Hello/default: Hullo/' "
                       "repository/web/tfgrid-compose.yaml")
                .exit_code,
            0);
  Git("commit -qam two");
  const std::string update = Do({"reconcile", "-o", "json"});
  EXPECT_THAT(update, AllOf(HasSubstr("\"verdict\": \"update\""), HasSubstr("\"to\": \"Hullo\""),
                            HasSubstr("\"actions\": 2")));
  EXPECT_THAT(Do({"rollback", "web", "--to", "1"}), HasSubstr("rolled back"));
  EXPECT_THAT(Do({"reconcile"}), HasSubstr("Nothing to do"));
  EXPECT_THAT(Do({"status", "web"}), HasSubstr("1 (pinned)"));
  Do({"resume", "web"});
  Do({"reconcile"});
  EXPECT_THAT(Do({"status", "production/web"}), HasSubstr("Snapshot     3"));
}

TEST_F(DeployTest, StateIsSavedAndPutBack) {
  Do({"init", "hello"});
  Do({"up", "hello"});
  Do({"backup", "copy.db"});
  Do({"suspend", "hello", "--reason", "testing"});
  EXPECT_THAT(Do({"status"}), HasSubstr("Suspended"));
  EXPECT_EQ(program_.Run({"restore", "copy.db"}).exit_code, kExitUsage);
  Do({"restore", "copy.db", "--yes"});
  EXPECT_THAT(Do({"status"}), HasSubstr("Healthy"));
}

TEST_F(DeployTest, DriftIsFoundAndPutBackWhenAsked) {
  EXPECT_THAT(Do({"drift"}), HasSubstr("nothing has been applied"));
  EXPECT_EQ(program_.Run({"drift", "hello"}).exit_code, kExitFailed);
  Do({"init", "hello"});
  program_.directory.Write("hello/src/page.html", "x");
  Do({"up", "hello"});
  EXPECT_THAT(Do({"drift", "--detailed-exitcode"}), HasSubstr("1 in sync"));
  program_.directory.Write("state/apps/default/hello/deployment/added-by-a-hook", "x");
  Do({"drift", "--detailed-exitcode"});

  program_.directory.Write("state/apps/default/hello/source/page.html", "y");
  const ProcessResult drifted = program_.Run({"drift", "hello", "--detailed-exitcode"});
  EXPECT_EQ(drifted.exit_code, kExitChangesPending);
  EXPECT_THAT(drifted.output, AllOf(HasSubstr("~ app.files"), HasSubstr("was changed"),
                                    HasSubstr("? app.setup"), HasSubstr("1 drifted")));
  EXPECT_EQ(drifted.output.find('\x1b'), std::string::npos);
  EXPECT_THAT(Do({"drift", "-o", "json"}), HasSubstr("\"verdict\": \"drifted\""));
  EXPECT_THAT(Do({"up", "hello", "--dry-run"}), HasSubstr("not as it was applied"));
  Do({"up", "hello"});
  Do({"drift", "--detailed-exitcode"});

  // All of it taken away behind the engine's back: made anew, and set up again.
  EXPECT_EQ(program_.Shell("rm -r state/apps/default/hello").exit_code, 0);
  EXPECT_THAT(program_.Run({"drift", "hello"}).output, HasSubstr("- infrastructure.host"));
  EXPECT_THAT(Do({"up", "hello", "-o", "json"}), HasSubstr("\"code\": \"missing\""));
  Do({"drift", "--detailed-exitcode"});
  EXPECT_THAT(Do({"logs", "hello"}), HasSubstr("app.setup"));
}

TEST_F(DeployTest, ProgramsRunInTheApp) {
  Do({"init", "hello"});
  Do({"up", "hello"});
  EXPECT_THAT(Do({"exec", "hello", "--", "ls"}), HasSubstr("setup.sh"));
  EXPECT_EQ(program_.Run({"exec", "hello", "--", "sh", "-c", "exit 7"}).exit_code, 7);
}

}  // namespace
}  // namespace gitops

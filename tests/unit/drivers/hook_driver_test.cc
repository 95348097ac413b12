#include "engine/drivers/hook_driver.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::Not;

class HookDriverTest : public testing::Test {
 protected:
  /// Brings the app up with this setup script and runs it.
  Result<Outputs> RunSetup(const std::string& script, std::stop_token stop = {}) {
    world_.tree = world_.tree.With("deployment/setup.sh", "#!/bin/sh\n" + script);
    EXPECT_TRUE(world_.Place());
    return world_.Apply(LocalWorld::HookStep("setup"), std::move(stop));
  }

  LocalWorld world_;
};

TEST_F(HookDriverTest, TheEnvironmentIsTheContractAndNothingElse) {
  setenv("GITOPS_CANARY", "leaked", 1);
  world_.Set("GREETING", "hello world");
  world_.Set("TZ", "Europe/Brussels");
  world_.Set("API_TOKEN", "s3cret-token", true);
  ASSERT_TRUE(
      RunSetup("env | cut -d= -f1 | sort; echo \"$GREETING|$TZ|$API_TOKEN\" > "
               "$TFGRID_DATA_DIR/values"));
  unsetenv("GITOPS_CANARY");
  std::istringstream lines(world_.log.output);
  std::set<std::string> names{std::istream_iterator<std::string>(lines), {}};
  const std::set<std::string> expected = {"API_TOKEN",
                                          "APP_VERSION",
                                          "GREETING",
                                          "HOME",
                                          "LANG",
                                          "LOGNAME",
                                          "PATH",
                                          "PWD",
                                          "SHELL",
                                          "TERM",
                                          "TFGRID_APP_NAME",
                                          "TFGRID_APP_ROOT",
                                          "TFGRID_DATA_DIR",
                                          "TFGRID_DEPLOYMENT_DIR",
                                          "TFGRID_ENVIRONMENT",
                                          "TFGRID_HOOK",
                                          "TFGRID_PRIMARY_IP",
                                          "TFGRID_REVISION",
                                          "TFGRID_SOURCE_DIR",
                                          "TMPDIR",
                                          "TZ",
                                          "USER"};
  names.erase("OLDPWD");
  names.erase("_");
  EXPECT_EQ(names, expected);
  EXPECT_EQ(world_.Read("data/values"), "hello world|Europe/Brussels|s3cret-token\n");
}

TEST_F(HookDriverTest, TheContractHasItsValues) {
  ASSERT_TRUE(
      RunSetup("echo $TFGRID_APP_NAME $TFGRID_ENVIRONMENT $TFGRID_REVISION $APP_VERSION "
               "$TFGRID_PRIMARY_IP $TFGRID_HOOK; echo $TFGRID_SOURCE_DIR; echo $HOME; "
               "pwd; umask"));
  EXPECT_EQ(world_.log.output,
            "web test main@sha1:0123456789012345678901234567890123456789 1.2.3 127.0.0.1 setup\n" +
                world_.root() + "/source\n" + world_.root() + "/home\n" + world_.root() +
                "/deployment\n0022\n");
}

TEST_F(HookDriverTest, DeclaredNamesCannotTakeOverTheShell) {
  world_.Set("PATH", "/tmp/evil");
  world_.Set("HOME", "/tmp/evil");
  world_.Set("LD_PRELOAD", "/tmp/evil.so");
  world_.Set("BASH_ENV", "/tmp/evil");
  world_.Set("ENV", "/tmp/evil");
  world_.Set("TFGRID_DATA_DIR", "/tmp/evil");
  ASSERT_TRUE(RunSetup("env"));
  EXPECT_THAT(world_.log.output, Not(HasSubstr("/tmp/evil")));
}

TEST_F(HookDriverTest, NothingOfOursIsOpenInAHook) {
  const int leaked = open("/etc/hostname", O_RDONLY);
  ASSERT_TRUE(RunSetup("ls /proc/self/fd"));
  close(leaked);
  EXPECT_EQ(world_.log.output, "0\n1\n2\n3\n") << "the fourth is the directory that ls reads";
}

TEST_F(HookDriverTest, AScriptOutsideDeploymentRunsInTheSourceDirectory) {
  world_.tree =
      MemoryTree{{"scripts/prepare.sh", "#!/bin/sh\npwd; cat marker\n"}, {"marker", "here\n"}};
  ASSERT_TRUE(world_.Place());
  Step step = LocalWorld::HookStep("setup");
  step.parameters["script"] = "scripts/prepare.sh";
  ASSERT_TRUE(world_.Apply(step));
  EXPECT_EQ(world_.log.output, world_.root() + "/source\nhere\n");
}

TEST_F(HookDriverTest, TheScriptOfTheTreeRunsAlsoWhenFilesWereNotPlacedAgain) {
  ASSERT_TRUE(RunSetup("echo one"));
  world_.tree = world_.tree.With("deployment/setup.sh", "#!/bin/sh\necho two\n");
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("setup")));
  EXPECT_EQ(world_.log.output, "one\ntwo\n");
}

TEST_F(HookDriverTest, AFailureTellsExitCodeAndLastLines) {
  const auto result = RunSetup("for i in $(seq 100); do echo line $i; done; exit 7");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(result.error().primary().summary, "a hook failed");
  const std::string detail = result.error().primary().detail;
  EXPECT_THAT(detail, HasSubstr("deployment/setup.sh: exit code 7"));
  EXPECT_THAT(detail, HasSubstr("line 100"));
  EXPECT_THAT(detail, HasSubstr("line 81"));
  EXPECT_THAT(detail, Not(HasSubstr("line 80")));
}

TEST_F(HookDriverTest, SecretsStayOutOfTheError) {
  world_.Set("API_TOKEN", "line-one\nline-two\nline-three", true);
  const auto result = RunSetup("echo \"token: $API_TOKEN\"; exit 1");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().primary().detail, HasSubstr("token: (secret)"));
  EXPECT_THAT(result.error().primary().detail, Not(HasSubstr("line-")));
}

TEST_F(HookDriverTest, ATimeoutIsAnUnknownOutcomeAndEndsTheGroup) {
  world_.timeout = std::chrono::milliseconds(300);
  const auto result = RunSetup("trap '' TERM; sleep 1000 & echo started; wait; wait");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUnknownOutcome);
  EXPECT_THAT(result.error().primary().detail, HasSubstr("no end after 300ms"));
  EXPECT_THAT(result.error().primary().detail, HasSubstr("started"));
  (void)EndAppProcesses({world_.root()}, std::chrono::milliseconds(0), {});
}

TEST_F(HookDriverTest, AStopRequestIsACancellation) {
  std::stop_source stop;
  world_.tree = MemoryTree{{"deployment/setup.sh", "#!/bin/sh\necho up\nsleep 1000\n"}};
  ASSERT_TRUE(world_.Place());
  struct StoppingLog : MemoryLog {
    std::stop_source* stop = nullptr;
    void Write(std::string_view) override { stop->request_stop(); }
  } log;
  log.stop = &stop;
  const Step step = LocalWorld::HookStep("setup");
  const StepContext base = world_.Context(step);
  const StepContext context{.app = base.app,
                            .revision = base.revision,
                            .app_version = base.app_version,
                            .step = step,
                            .app_tree = base.app_tree,
                            .pattern_tree = base.pattern_tree,
                            .variables = base.variables,
                            .outputs = base.outputs,
                            .previous = base.previous,
                            .run = 1,
                            .log = log,
                            .timeout = base.timeout};
  const auto result = world_.registry.Find("hook")->Apply(context, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
}

TEST_F(HookDriverTest, ServicesItStartedLiveOn) {
  ASSERT_TRUE(
      RunSetup("setsid sh -c 'echo up > $TFGRID_DATA_DIR/up; exec sleep 1000' "
               ">/dev/null 2>&1 &\nwhile [ ! -s $TFGRID_DATA_DIR/up ]; do :; done"));
  EXPECT_EQ(CountAppProcesses(world_.root()), 1);
}

TEST_F(HookDriverTest, WhatAnInterruptedHookLeftIsEndedBeforeTheNext) {
  // The engine was killed while a hook ran: its shell died with it, what the shell had started did
  // not. The mark names the session.
  ASSERT_TRUE(
      RunSetup("sleep 1000 >/dev/null 2>&1 &\n"
               "echo \"$(cat /proc/sys/kernel/random/boot_id) $$\" > mark"));
  EXPECT_EQ(CountAppProcesses(world_.root()), 1);
  std::filesystem::copy_file(world_.root() + "/deployment/mark", world_.root() + "/run/hook");
  world_.tree = world_.tree.With("deployment/configure.sh", "#!/bin/sh\nexit 0\n");
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("configure")));
  EXPECT_EQ(CountAppProcesses(world_.root()), 0);
  EXPECT_FALSE(std::filesystem::exists(world_.root() + "/run/hook"));
}

TEST_F(HookDriverTest, UnusableScriptsAreExplained) {
  world_.tree = MemoryTree{{"deployment/setup.sh", "echo no interpreter\n"}};
  auto result = world_.Apply(LocalWorld::HookStep("setup"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(result.error().primary().hint, HasSubstr("#!/bin/sh"));

  world_.tree = MemoryTree{{"deployment/setup.sh", {"/bin/true", EntryKind::kSymlink}}};
  result = world_.Apply(LocalWorld::HookStep("setup"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().primary().summary, "the hook script is not a regular file");

  world_.tree = MemoryTree();
  result = world_.Apply(LocalWorld::HookStep("setup"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNotFound);
}

TEST_F(HookDriverTest, ALinkInTheWayIsReplacedAndNotFollowed) {
  ASSERT_TRUE(RunSetup("exit 0"));
  const std::string outside = world_.dir.Write("precious", "data");
  const std::string script = world_.root() + "/deployment/setup.sh";
  unlink(script.c_str());
  ASSERT_EQ(symlink(outside.c_str(), script.c_str()), 0);
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("setup")));
  EXPECT_EQ(world_.dir.Read("precious"), "data");
  // A directory on the way that became a link is refused.
  std::filesystem::create_directories(world_.dir / "elsewhere");
  Step step = LocalWorld::HookStep("setup");
  step.parameters["script"] = "deployment/sub/setup.sh";
  world_.tree = MemoryTree{{"deployment/sub/setup.sh", "#!/bin/sh\n"}};
  ASSERT_EQ(
      symlink((world_.dir / "elsewhere").c_str(), (world_.root() + "/deployment/sub").c_str()), 0);
  EXPECT_FALSE(world_.Apply(step));
  EXPECT_TRUE(std::filesystem::is_empty(world_.dir / "elsewhere"));
}

TEST_F(HookDriverTest, AFloodOfOutputIsHandedOn) {
  ASSERT_TRUE(RunSetup("head -c 11000000 /dev/zero | tr '\\0' x"));
  EXPECT_EQ(world_.log.output.size(), 11'000'000U);
}

TEST_F(HookDriverTest, TeardownRunsTheScriptOfTheTree) {
  world_.tree =
      MemoryTree{{"deployment/teardown.sh", "#!/bin/sh\necho $TFGRID_HOOK; exit $CODE\n"}};
  ASSERT_TRUE(world_.Place());
  world_.Set("CODE", "0");
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("teardown")));
  EXPECT_EQ(world_.log.output, "teardown\n");
  world_.variables.values.clear();
  world_.Set("CODE", "3");
  EXPECT_EQ(world_.Apply(LocalWorld::HookStep("teardown")).error().kind, ErrorKind::kInvalid);
}

TEST_F(HookDriverTest, TeardownOfAnAppWhoseTreeIsGoneRunsWhatIsThere) {
  world_.tree = MemoryTree{
      {"deployment/teardown.sh", {"#!/bin/sh\necho torn down\n", EntryKind::kExecutable}}};
  ASSERT_TRUE(world_.Place());
  world_.tree_gone = true;
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("teardown")));
  EXPECT_EQ(world_.log.output, "torn down\n");
  std::filesystem::remove(world_.root() + "/deployment/teardown.sh");
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("teardown"))) << "nothing is left to run";
}

TEST_F(HookDriverTest, TeardownWithoutAHostDoesNothing) {
  world_.tree = MemoryTree{{"deployment/teardown.sh", "#!/bin/sh\nexit 3\n"}};
  ASSERT_TRUE(world_.Apply(LocalWorld::HookStep("teardown")));
  EXPECT_FALSE(std::filesystem::exists(world_.root()));
}

TEST_F(HookDriverTest, DestroyDoesNothingAndNothingIsObserved) {
  EXPECT_TRUE(world_.Destroy(LocalWorld::HookStep("setup")));
  EXPECT_EQ(world_.Seen(LocalWorld::HookStep("setup")), Observation::kUnknown);
}

}  // namespace
}  // namespace gitops

// What hooks leave running: services of those that succeed, nothing of the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/hostile/hostile_world.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

/// Lets go of parent, session and environment; its id goes to data/daemon.
constexpr const char* kDaemon =
    "cd \"$TFGRID_DATA_DIR\"\n"
    "(setsid env -i /bin/sh -c 'echo $$ >new; mv new daemon; exec sleep 1000' "
    "</dev/null >/dev/null 2>&1 &)\n"
    "while [ ! -s daemon ]; do sleep 0.01; done\n";

class LeftoversTest : public testing::HostileWorld {
 protected:
  void TearDown() override {
    for (const char* name : {"good", "bad"}) {
      if (const pid_t pid = PidIn(name, "daemon"); pid > 0) kill(pid, SIGKILL);
    }
  }
};

TEST_F(LeftoversTest, AServiceOutlivesTheEngineAndEndsWithTheApp) {
  WriteApp("good",
           "cd \"$TFGRID_DATA_DIR\"\nsetsid sleep 1000 </dev/null >/dev/null 2>&1 &\n"
           "echo $! >daemon\n");
  EXPECT_EQ(Up("good").exit_code, kExitDone);
  const pid_t service = PidIn("good", "daemon");
  ASSERT_GT(service, 0);
  EXPECT_TRUE(Lives(service));
  EXPECT_EQ(program_.Run({"down", "good", "--yes"}).exit_code, kExitDone);
  EXPECT_FALSE(Lives(service));
}

TEST_F(LeftoversTest, AHookThatFailsLeavesNothing) {
  WriteApp("bad", std::string(kDaemon) + "exit 1\n");
  EXPECT_EQ(Up("bad").exit_code, kExitFailed);
  const pid_t daemon = PidIn("bad", "daemon");
  ASSERT_GT(daemon, 0);
  EXPECT_FALSE(Lives(daemon));
  EXPECT_THAT(Log("bad"), HasSubstr("processes that it left behind"));
}

TEST_F(LeftoversTest, NothingOfAHookOutlivesAKilledEngine) {
  WriteApp("bad", std::string(kDaemon) + "echo $$ >hook\nsleep 1000\n");
  const ProcessResult killed = program_.Shell(
      "\"$P\" up bad >out 2>&1 & "
      "while [ ! -s state/apps/default/bad/data/hook ]; do sleep 0.02; done; kill -9 $!; wait $!");
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  ASSERT_GT(PidIn("bad", "daemon"), 0);
  EXPECT_TRUE(EndsSoon(PidIn("bad", "hook")));
  EXPECT_TRUE(EndsSoon(PidIn("bad", "daemon")));
}

TEST_F(LeftoversTest, AnInterruptedEngineEndsWhatItsHookStarted) {
  WriteApp("bad", std::string(kDaemon) + "echo $$ >hook\nsleep 1000\n");
  const ProcessResult stopped = program_.Shell(
      "\"$P\" up bad >out 2>&1 & "
      "while [ ! -s state/apps/default/bad/data/hook ]; do sleep 0.02; done; kill -TERM $!; "
      "wait $!");
  EXPECT_EQ(stopped.exit_code, kExitInterrupted);
  EXPECT_FALSE(Lives(PidIn("bad", "daemon")));
}

}  // namespace
}  // namespace gitops

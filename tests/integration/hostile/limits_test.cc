// What hooks can use up: no more than their limits, and the message says which.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/os/confinement.h"
#include "tests/integration/hostile/hostile_world.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

using LimitsTest = testing::HostileWorld;

TEST_F(LimitsTest, AForkBombIsContained) {
  if (!CanConfine()) GTEST_SKIP() << "needs root and the right to make mount namespaces";
  // The shell's own limit first, so that the machine is safe whatever this test finds.
  WriteApp("repository/bad",
           "[ \"$(id -u)\" != 0 ] || exit 99\nulimit -u 200\nbomb() { bomb | bomb & }\nbomb "
           "2>/dev/null\nsleep 2\nexit 1\n");
  WriteApp("repository/good", "echo fine >\"$TFGRID_DATA_DIR/answer\"\n");
  Commit("environments: {default: {runAs: app}}\nlimits: {appProcesses: 40}\n");
  const ProcessResult result = program_.Run({"reconcile", "-o", "json"});
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_EQ(Data("good", "answer"), "fine\n");
  const ProcessResult again =
      program_.Run({"exec", "bad", "--", "sh", "-c", "ps -o pid= -U $(id -u) | wc -l"});
  EXPECT_EQ(again.exit_code, 0) << again.error_output;
  EXPECT_LT(std::stoi(again.output), 10);
}

TEST_F(LimitsTest, ManyProcessesAreNamedAsTheReason) {
  if (!CanConfine()) GTEST_SKIP() << "needs root and the right to make mount namespaces";
  Configure("environments: {default: {runAs: app}}\nlimits: {appProcesses: 20}\n");
  WriteApp("bad", "ulimit -u 100\nfor i in $(seq 50); do sleep 1000 & done\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("limits.appProcesses"));
}

TEST_F(LimitsTest, AFileThatGrowsTooLargeIsNamedAsTheReason) {
  Configure("limits: {appFileSize: 1MB}\n");
  WriteApp("bad", "exec dd if=/dev/zero of=\"$TFGRID_DATA_DIR/big\" bs=65536 count=1000\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("larger than 1 MB (limits.appFileSize)"));
  EXPECT_LE(Data("bad", "big").size(), 1024U * 1024);
}

TEST_F(LimitsTest, MemoryAndOpenFilesAreBounded) {
  Configure("limits: {appMemory: 64MB, appOpenFiles: 100}\n");
  WriteApp("memory", "exec awk 'BEGIN { s = \"x\"; while (length(s) < 1e9) s = s s }'\n");
  EXPECT_EQ(Up("memory").exit_code, kExitFailed);
  WriteApp("files",
           "exec bash -c 'for ((i = 0; i < 1000000; i++)); do exec {fd}</dev/null || exit 3; "
           "done'\n");
  const ProcessResult files = Up("files");
  EXPECT_EQ(files.exit_code, kExitFailed);
  EXPECT_THAT(files.output, HasSubstr("Too many open files"));
}

TEST_F(LimitsTest, NoCoreIsLeft) {
  WriteApp("bad", "ulimit -c >\"$TFGRID_DATA_DIR/core\"; kill -SEGV $$\n");
  EXPECT_EQ(Up("bad").exit_code, kExitFailed);
  EXPECT_EQ(Data("bad", "core"), "0\n");
}

TEST_F(LimitsTest, TheDeadlineHoldsWhenTheParentIsStopped) {
  WriteApp("bad", "kill -STOP $PPID\nexec sleep 1000\n");
  program_.directory.Write("bad/tfgrid-compose.yaml",
                           "name: bad\nversion: 0.1.0\npattern: single-vm\n"
                           "hooks: {configure: {script: deployment/configure.sh, timeout: 1s}}\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("no end after 1.0s"));
}

TEST_F(LimitsTest, VariablesThatChangeHowProgramsStartDoNotArrive) {
  WriteApp("bad", "env >\"$TFGRID_DATA_DIR/env\"\n",
           "environment:\n"
           "  - {name: LD_PRELOAD, default: /nowhere/evil.so}\n"
           "  - {name: BASH_ENV, default: /nowhere/evil.sh}\n"
           "  - {name: PATH, default: /nowhere}\n"
           "  - {name: TFGRID_APP_ROOT, default: /nowhere}\n");
  (void)Up("bad");
  EXPECT_THAT(Data("bad", "env"), ::testing::Not(HasSubstr("/nowhere")));
}

}  // namespace
}  // namespace gitops

// What hooks can put on the disk: no more than the limits of their app, and neighbours go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/os/confinement.h"
#include "tests/integration/hostile/hostile_world.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DiskTest : public testing::HostileWorld {
 protected:
  std::filesystem::path Root(const std::string& name) const {
    return program_.directory.path() + "/state/apps/default/" + name;
  }
  /// What the app has on disk, in bytes.
  std::uintmax_t Size(const std::string& name) const {
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Root(name))) {
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
  }
  std::ptrdiff_t Files(const std::string& name) const {
    const std::filesystem::recursive_directory_iterator all(Root(name));
    return std::distance(begin(all), end(all));
  }
};

TEST_F(DiskTest, AFileThatGrowsIsStopped) {
  Configure("limits: {appDisk: 32MB}\n");
  WriteApp("bad",
           "yes >\"$TFGRID_DATA_DIR/big\" & echo $! >\"$TFGRID_DATA_DIR/pid\"\n"
           "exec sleep 1000\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("an app uses too much of the disk"),
                    HasSubstr("may hold 32 MB (limits.appDisk)"), HasSubstr(Root("bad").string())));
  ASSERT_GT(PidIn("bad", "pid"), 0);
  EXPECT_FALSE(Lives(PidIn("bad", "pid")));
}

TEST_F(DiskTest, WhatGetsAwayIsStoppedToo) {
  Configure("limits: {appDisk: 32MB}\n");
  WriteApp("bad",
           "setsid env -i sh -c 'echo $$ >'\"$TFGRID_DATA_DIR\"'/pid; trap \"\" TERM; yes >'"
           "\"$TFGRID_DATA_DIR\"'/big; sleep 1000' &\nexec sleep 1000\n");
  EXPECT_EQ(Up("bad").exit_code, kExitFailed);
  ASSERT_GT(PidIn("bad", "pid"), 0);
  EXPECT_FALSE(Lives(PidIn("bad", "pid")));
}

TEST_F(DiskTest, ManyFilesAreStoppedAndTheTemporaryOnesRemoved) {
  Configure("limits: {appDisk: 32MB}\n");
  WriteApp("bad",
           "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero >\"$TMPDIR/$i\" || exit 5; "
           "done\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("(limits.appDisk)"));
  EXPECT_TRUE(std::filesystem::is_empty(Root("bad") / "tmp"));
  EXPECT_LT(Size("bad"), 1'000'000U);
}

TEST_F(DiskTest, ManyEmptyFilesAreStopped) {
  Configure("limits: {appFiles: 2000}\n");
  WriteApp("bad",
           "cd \"$TMPDIR\"; i=0; while :; do i=$((i+1)); mkdir $i || exit 5; : >$i/a; : >$i/b; "
           "done\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("more than 2000 files and directories (limits.appFiles)"));
  EXPECT_LT(Files("bad"), 2000);
}

TEST_F(DiskTest, AHookThatEndsBeforeItIsLookedAtFails) {
  Configure("limits: {appDisk: 16MB}\n");
  WriteApp("bad",
           "head -c 40000000 /dev/zero >\"$TMPDIR/big\"\n"
           "sleep 1000 & echo $! >\"$TFGRID_DATA_DIR/pid\"\nexit 0\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("(limits.appDisk)"));
  ASSERT_GT(PidIn("bad", "pid"), 0);
  EXPECT_FALSE(Lives(PidIn("bad", "pid")));
}

TEST_F(DiskTest, WhatIsWithinTheLimitsGoesOn) {
  Configure("limits: {appDisk: 64MB, appFiles: 2000}\n");
  WriteApp("good",
           "head -c 30000000 /dev/zero >\"$TMPDIR/big\"; truncate -s 1G \"$TMPDIR/hole\"\n"
           "for i in $(seq 500); do : >\"$TMPDIR/$i\"; done; sleep 1.5\n");
  const ProcessResult result = Up("good");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_FALSE(std::filesystem::is_empty(Root("good") / "tmp"));
}

TEST_F(DiskTest, AnAppThatFillsTheDiskHurtsNoNeighbour) {
  if (!CanConfine()) GTEST_SKIP() << "needs root and the right to make mount namespaces";
  WriteApp("repository/bad",
           "exec 2>/dev/null\nfor place in \"$TMPDIR\" /tmp /var/tmp \"$HOME\" \"$TFGRID_DATA_DIR\""
           " \"$TFGRID_SOURCE_DIR\"; do yes >\"$place/big\" & done\nwait\n");
  WriteApp("repository/good", "sleep 2; echo fine >\"$TFGRID_DATA_DIR/answer\"\n");
  Commit("environments: {default: {runAs: app}}\nlimits: {appDisk: 64MB}\n");
  const ProcessResult result = program_.Run({"reconcile", "-o", "json"});
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("may hold 64 MB (limits.appDisk)"));
  EXPECT_EQ(Data("good", "answer"), "fine\n");
  EXPECT_TRUE(std::filesystem::is_empty(Root("bad") / "tmp"));
  EXPECT_THAT(program_.Run({"status", "good", "-o", "json"}).output, HasSubstr("\"Healthy\""));
}

}  // namespace
}  // namespace gitops

// The app as a whole is bounded by its control group, with the engine's own user too.
#include "engine/os/control_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <system_error>

#include "tests/integration/hostile/hostile_world.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ControlGroupTest : public testing::HostileWorld {
 protected:
  void SetUp() override {
    if (place_.version == 0) GTEST_SKIP() << "needs a pids controller that may be written to";
  }
  void TearDown() override {
    (void)program_.Run({"down", "good", "--yes"});
    (void)program_.Run({"down", "bad", "--yes"});
  }

  /// The group that the program with this id is in, "" when it is in none of an app.
  static std::string GroupOf(const std::string& cgroup_file) {
    const std::size_t at = cgroup_file.find("/tfgrid-compose/");
    return at == std::string::npos ? "" : cgroup_file.substr(at, cgroup_file.find('\n', at) - at);
  }
  bool Exists(const std::string& group) const {
    return std::filesystem::exists(place_.directory + group);
  }

  const ControlGroupPlace place_ = FindControlGroups();
};

TEST_F(ControlGroupTest, ManyProcessesOfTheEnginesUserAreBoundedAndNamed) {
  Configure("limits: {appProcesses: 64}\n");
  // Ends by itself when nothing bounds it. A shell ends when it cannot fork.
  WriteApp("bad",
           "cd \"$TFGRID_DATA_DIR\"\ni=0\nwhile [ $i -lt 300 ]; do sleep 60 & i=$((i+1)); "
           "echo $i >count; done\nexit 1\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("more than 64 processes (limits.appProcesses)"));
  EXPECT_LT(std::stoi(Data("bad", "count")), 64);
}

TEST_F(ControlGroupTest, MemoryIsBoundedForAllProgramsTogetherAndNamed) {
  if (place_.memory_version == 0) GTEST_SKIP() << "needs a memory controller";
  Configure("limits: {appMemory: 96MB}\n");
  // Each program keeps well below the bound; ten of them do not.
  WriteApp("good", "echo fine >\"$TFGRID_DATA_DIR/answer\"\n");
  WriteApp("bad", R"(exec bash -c '
    for i in 1 2 3 4 5 6 7 8 9 10; do
      (text=$(head -c 16000000 /dev/zero | tr "\0" x); sleep 60) &
    done
    wait -n')"
                  "\n");
  const ProcessResult result = Up("bad");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("more than 96 MB of memory (limits.appMemory)"));
  EXPECT_EQ(Up("good").exit_code, kExitDone);
  EXPECT_EQ(program_.Run({"down", "bad", "--yes"}).exit_code, kExitDone);
  const std::string parent = place_.memory_directory + "/tfgrid-compose";
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(parent, gone)) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr(".bad."))) << "its group stays";
  }
}

TEST_F(ControlGroupTest, AFailedHookTakesItsGroupAlongAndNoServiceOfAnother) {
  const std::string script =
      "cd \"$TFGRID_DATA_DIR\"\ncat /proc/self/cgroup >group$(cat n 2>/dev/null)\n"
      "if [ -e fail ]; then setsid sleep 60 & exit 1; fi\n"
      "setsid sleep 1000 </dev/null >/dev/null 2>&1 &\necho $! >daemon\necho 2 >n\n";
  WriteApp("good", script);
  ASSERT_EQ(Up("good").exit_code, kExitDone);
  const pid_t service = PidIn("good", "daemon");
  const std::string first = GroupOf(Data("good", "group"));
  ASSERT_FALSE(first.empty());
  EXPECT_TRUE(Exists(first));
  program_.directory.Write("state/apps/default/good/data/fail", "");
  WriteApp("good", script + "# changed\n");
  EXPECT_EQ(Up("good").exit_code, kExitFailed);
  const std::string second = GroupOf(Data("good", "group2"));
  ASSERT_FALSE(second.empty());
  EXPECT_FALSE(Exists(second));
  EXPECT_TRUE(Lives(service));
  EXPECT_TRUE(Exists(first));
}

TEST_F(ControlGroupTest, DownEndsWhatHidAndRemovesTheGroups) {
  WriteApp("good",
           "cd \"$TFGRID_DATA_DIR\"\ncat /proc/self/cgroup >group\n"
           "(setsid env -i /bin/sh -c 'echo $$ >new; mv new daemon; exec sleep 1000' "
           "</dev/null >/dev/null 2>&1 &)\nwhile [ ! -s daemon ]; do sleep 0.01; done\n");
  ASSERT_EQ(Up("good").exit_code, kExitDone);
  const pid_t daemon = PidIn("good", "daemon");
  const std::string run = GroupOf(Data("good", "group"));
  ASSERT_FALSE(run.empty());
  EXPECT_TRUE(Lives(daemon));
  EXPECT_EQ(program_.Run({"down", "good", "--yes"}).exit_code, kExitDone);
  EXPECT_FALSE(Lives(daemon));
  EXPECT_FALSE(Exists(run.substr(0, run.rfind('/'))));
}

TEST_F(ControlGroupTest, DoctorSaysWhatThereIs) {
  Configure("sources: []\n");
  EXPECT_THAT(program_.Run({"doctor"}).output, HasSubstr("control groups: v"));
  EXPECT_THAT(program_.Run({"doctor"}).output,
              HasSubstr(place_.memory_version == 0 ? "no memory controller" : " memory: so does"));
}

}  // namespace
}  // namespace gitops

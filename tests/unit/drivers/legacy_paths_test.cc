#include "engine/drivers/legacy_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;

/// Can this process make private mounts? Tried in a child, so that nothing changes here.
bool CanMount() {
  const pid_t child = fork();
  if (child == 0) {
    const bool can =
        unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
    _exit(can ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

MemoryTree LegacyApp(const std::string& text) {
  return MemoryTree{{"deployment/setup.sh",
                     "#!/bin/sh\nset -e\ncat /tmp/app-source/file\n"
                     "/bin/sh /tmp/app-deployment/more.sh\n"},
                    {"deployment/more.sh", "echo more\n"},
                    {"src/file", text}};
}

TEST(LegacyPathsTest, AreFoundInScriptsAndBesideThem) {
  const MemoryTree beside{{"deployment/setup.sh", "./lib/a.sh"},
                          {"deployment/lib/a.sh", "cd /tmp/app-source"}};
  EXPECT_TRUE(NamesLegacyPaths(beside, "deployment/setup.sh"));
  EXPECT_TRUE(NamesLegacyPaths(MemoryTree{{"x.sh", "cat /tmp/app-deployment/y"}}, "x.sh"));
  EXPECT_FALSE(NamesLegacyPaths(MemoryTree{{"deployment/setup.sh", "cd /tmp/application"}},
                                "deployment/setup.sh"));
  EXPECT_FALSE(NamesLegacyPaths(MemoryTree(), "none"));
}

TEST(LegacyPathsTest, EachAppSeesItsOwnFilesThere) {
  if (geteuid() != 0 || !CanMount()) GTEST_SKIP() << "needs root and the right to mount";
  LocalWorld one;
  LocalWorld two;
  one.tree = LegacyApp("one\n");
  two.tree = LegacyApp("two\n");
  for (LocalWorld* world : {&one, &two}) {
    ASSERT_TRUE(world->Place());
    const auto result = world->Apply(LocalWorld::HookStep("setup"));
    ASSERT_TRUE(result) << result.error().ToString();
  }
  EXPECT_EQ(one.log.output, "one\nmore\n");
  EXPECT_EQ(two.log.output, "two\nmore\n");
  EXPECT_FALSE(std::filesystem::exists("/tmp/app-source/file")) << "outside nothing is there";
}

TEST(LegacyPathsTest, ThePathsStayWhileAServiceUsesThem) {
  if (geteuid() != 0 || !CanMount()) GTEST_SKIP() << "needs root and the right to mount";
  LocalWorld user;
  user.tree = LegacyApp("one\n").With(
      "deployment/setup.sh",
      "#!/bin/sh\nsetsid sh -c 'cd /tmp/app-source; echo up > $TFGRID_DATA_DIR/up; "
      "while [ ! -e $TFGRID_DATA_DIR/go ]; do sleep 0.05; done; "
      "cat /tmp/app-source/file > $TFGRID_DATA_DIR/read; echo done > $TFGRID_DATA_DIR/done' "
      ">/dev/null 2>&1 &\nwhile [ ! -s $TFGRID_DATA_DIR/up ]; do :; done\n");
  ASSERT_TRUE(user.Place());
  ASSERT_TRUE(user.Apply(LocalWorld::HookStep("setup")));
  // Another app goes meanwhile.
  LocalWorld other;
  ASSERT_TRUE(other.Place());
  ASSERT_TRUE(other.Destroy(LocalWorld::HostStep()));
  user.dir.Write("apps/test/web/data/go", "");
  while (user.Read("data/done").empty()) usleep(1000);
  EXPECT_EQ(user.Read("data/read"), "one\n");
}

TEST(LegacyPathsTest, WithoutRootTheLogSaysWhy) {
  MemoryLog log;
  const uid_t before = geteuid();
  if (before == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  EXPECT_FALSE(LegacyMountPoints::Acquire(log).has_value());
  if (before == 0) {
    ASSERT_EQ(seteuid(before), 0);
  }
  EXPECT_THAT(log.notes, HasSubstr("needs root"));
}

TEST(LegacyPathsTest, HooksThatDoNotNameThemRunInTheSharedNamespace) {
  LocalWorld world;
  world.tree = MemoryTree{{"deployment/setup.sh", "#!/bin/sh\nreadlink /proc/self/ns/mnt\n"}};
  ASSERT_TRUE(world.Place());
  ASSERT_TRUE(world.Apply(LocalWorld::HookStep("setup")));
  EXPECT_EQ(world.log.output, std::filesystem::read_symlink("/proc/self/ns/mnt").string() + "\n");
}

}  // namespace
}  // namespace gitops

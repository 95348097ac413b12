// Where groups are looked for, on copies of what kernels say.
#include "engine/os/control_group.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

struct Machine {
  void Say(const std::string& groups, const std::string& mounts) const {
    dir.Write("proc/cgroup", groups);
    dir.Write("proc/mountinfo", mounts);
  }
  std::string Mount(const std::string& root, const std::string& target, const std::string& rest) {
    return "30 23 0:26 " + root + " " + dir.path() + target + " rw,nosuid shared:4 - " + rest +
           "\n";
  }
  ControlGroupPlace Find() const { return FindControlGroups(dir.path() + "/proc"); }

  TempDir dir;
};

TEST(FindControlGroups, TakesThePlaceBesideItsOwnGroupInVersion2) {
  Machine machine;
  for (const char* name : {"controllers", "subtree_control", "procs"}) {
    machine.dir.Write(std::string("two/a/cgroup.") + name, "cpu memory pids\n");
  }
  machine.Say("0::/a/b\n", machine.Mount("/", "/two", "cgroup2 cgroup2 rw"));
  EXPECT_EQ(machine.Find().version, 2);
  EXPECT_EQ(machine.Find().directory, machine.dir.path() + "/two/a");
  EXPECT_EQ(machine.Find().memory_version, 2);
  EXPECT_EQ(machine.Find().memory_directory, machine.dir.path() + "/two/a");
}

TEST(FindControlGroups, Version2MayLackMemory) {
  Machine machine;
  for (const char* name : {"controllers", "subtree_control", "procs"}) {
    machine.dir.Write(std::string("two/a/cgroup.") + name, "cpu pids\n");
  }
  machine.Say("0::/a/b\n", machine.Mount("/", "/two", "cgroup2 cgroup2 rw"));
  EXPECT_EQ(machine.Find().version, 2);
  EXPECT_EQ(machine.Find().memory_version, 0);
}

TEST(FindControlGroups, Version2WithoutControllersGivesWayToVersion1) {
  Machine machine;
  machine.dir.Write("two/cgroup.controllers", "hugetlb\n");
  machine.dir.Write("one/inside/tasks", "");
  machine.Say("8:cpu,pids:/outer/inside\n0::/\n",
              machine.Mount("/", "/two", "cgroup2 cgroup2 rw") +
                  machine.Mount("/outer", "/one", "cgroup cgroup rw,cpu,pids"));
  EXPECT_EQ(machine.Find().version, 1);
  EXPECT_EQ(machine.Find().directory, machine.dir.path() + "/one/inside");
}

TEST(FindControlGroups, InVersion1MemoryHasAPlaceOfItsOwn) {
  Machine machine;
  machine.dir.Write("one/inside/tasks", "");
  machine.dir.Write("memory/deep/tasks", "");
  machine.Say("8:pids:/inside\n4:memory:/deep\n",
              machine.Mount("/", "/one", "cgroup cgroup rw,pids") +
                  machine.Mount("/", "/memory", "cgroup cgroup rw,memory"));
  EXPECT_EQ(machine.Find().version, 1);
  EXPECT_EQ(machine.Find().directory, machine.dir.path() + "/one/inside");
  EXPECT_EQ(machine.Find().memory_version, 1);
  EXPECT_EQ(machine.Find().memory_directory, machine.dir.path() + "/memory/deep");
}

/// Directories that stand for groups: files are what a kernel would have made of them.
class MadeUpGroups : public testing::Test {
 protected:
  std::string Text(const std::string& path) const {
    std::ifstream file(dir_.path() + "/" + path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDir dir_;
};

TEST_F(MadeUpGroups, Version2BoundsMemoryInTheGroupOfTheApp) {
  for (const char* group : {"two", "two/tfgrid-compose"}) {
    dir_.Write(std::string(group) + "/cgroup.subtree_control", "pids memory\n");
  }
  for (const char* file : {"pids.max", "memory.max", "memory.swap.max"}) {
    dir_.Write(std::string("two/tfgrid-compose/app/") + file, "");
  }
  dir_.Write("two/tfgrid-compose/app/memory.events", "low 0\nhigh 1\nmax 4\noom 3\noom_kill 2\n");
  const std::string place = dir_.path() + "/two";
  const ControlGroup group({2, place, 2, place}, "app");
  const auto run = group.MakeRun({.processes = 50});
  ASSERT_TRUE(run) << run.error().ToString();
  ASSERT_TRUE(group.BoundMemory(64 << 20));
  EXPECT_EQ(Text("two/tfgrid-compose/app/pids.max"), "50");
  EXPECT_EQ(Text("two/tfgrid-compose/app/memory.max"), "67108864");
  EXPECT_EQ(Text("two/tfgrid-compose/app/memory.swap.max"), "0");
  EXPECT_EQ(group.OutOfMemory(), 2);
  EXPECT_EQ(group.Entries(*run), std::vector<std::string>{*run + "/cgroup.procs"});
}

TEST_F(MadeUpGroups, Version1IsEnteredByTheThreadAlone) {
  dir_.Write("memory/tfgrid-compose/app/memory.limit_in_bytes", "");
  const std::string place = dir_.path() + "/one";
  const std::string memory = dir_.path() + "/memory";
  const ControlGroup bounded({1, place, 1, memory}, "app");
  EXPECT_EQ(bounded.Entries("/run-a"),
            (std::vector<std::string>{"/run-a/tasks", memory + "/tfgrid-compose/app/tasks"}));
  const ControlGroup unbounded({1, place, 1, memory}, "other");
  EXPECT_EQ(unbounded.Entries("/run-b"), std::vector<std::string>{"/run-b/tasks"});
}

TEST_F(MadeUpGroups, WithoutAControllerForMemoryABoundIsRefusedAndNoBoundIsFine) {
  const ControlGroup group({1, dir_.path(), 0, ""}, "app");
  EXPECT_TRUE(group.BoundMemory(0));
  EXPECT_FALSE(group.BoundMemory(1 << 20));
  EXPECT_EQ(group.OutOfMemory(), 0);
}

TEST(FindControlGroups, FindsNothingWhereNothingIsMounted) {
  Machine machine;
  machine.Say("4:memory:/\n0::/\n", machine.Mount("/", "/m", "cgroup cgroup rw,memory"));
  EXPECT_EQ(machine.Find().version, 0);
  EXPECT_EQ(FindControlGroups(machine.dir.path() + "/nowhere").version, 0);
}

}  // namespace
}  // namespace gitops

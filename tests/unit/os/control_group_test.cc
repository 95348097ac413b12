// Where groups are looked for, on copies of what kernels say.
#include "engine/os/control_group.h"

#include <gtest/gtest.h>

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

TEST(FindControlGroups, FindsNothingWhereNothingIsMounted) {
  Machine machine;
  machine.Say("4:memory:/\n0::/\n", machine.Mount("/", "/m", "cgroup cgroup rw,memory"));
  EXPECT_EQ(machine.Find().version, 0);
  EXPECT_EQ(FindControlGroups(machine.dir.path() + "/nowhere").version, 0);
}

}  // namespace
}  // namespace gitops

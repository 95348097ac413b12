#include "engine/os/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using testing::HasSubstr;

TEST(FileLockTest, SecondHolderIsRefusedAndToldWhoHoldsIt) {
  const TempDir dir;
  FakeClock clock;
  const auto first = FileLock::Acquire(dir / "lock", "tfgrid-compose serve", clock);
  ASSERT_TRUE(first);
  clock.Advance(std::chrono::seconds(75));
  const auto second = FileLock::Acquire(dir / "lock", "tfgrid-compose reconcile", clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  const std::string detail = second.error().primary().detail;
  EXPECT_THAT(detail, HasSubstr("process " + std::to_string(getpid())));
  EXPECT_THAT(detail, HasSubstr("tfgrid-compose serve"));
  EXPECT_THAT(detail, HasSubstr("1m15s"));
}

TEST(FileLockTest, IsFreeAgainWhenTheHolderGoes) {
  const TempDir dir;
  FakeClock clock;
  { ASSERT_TRUE(FileLock::Acquire(dir / "lock", "one", clock)); }
  EXPECT_EQ(dir.Read("lock"), "");
  EXPECT_TRUE(FileLock::Acquire(dir / "lock", "two", clock));
}

TEST(FileLockTest, MovingKeepsIt) {
  const TempDir dir;
  FakeClock clock;
  auto first = FileLock::Acquire(dir / "lock", "one", clock);
  ASSERT_TRUE(first);
  const FileLock kept = *std::move(first);
  EXPECT_FALSE(FileLock::Acquire(dir / "lock", "two", clock));
}

TEST(FileLockTest, AKilledHolderLetsGo) {
  const TempDir dir;
  FakeClock clock;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::Acquire(dir / "lock", "child", clock);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(FileLock::Acquire(dir / "lock", "two", clock));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::Acquire(dir / "lock", "two", clock));
}

TEST(FileLockTest, TellsWhetherSomebodyHoldsItAndTakesNothing) {
  const TempDir dir;
  FakeClock clock;
  EXPECT_FALSE(FileLock::IsHeld(dir / "lock"));
  {
    const auto held = FileLock::Acquire(dir / "lock", "one", clock);
    ASSERT_TRUE(held);
    EXPECT_TRUE(FileLock::IsHeld(dir / "lock"));
    // A holder that cannot be seen from here, as in another container.
    dir.Write("lock", "pid: 999999999\nboot: elsewhere\n", 0600);
    EXPECT_TRUE(FileLock::IsHeld(dir / "lock"));
  }
  EXPECT_FALSE(FileLock::IsHeld(dir / "lock"));
  // What a killed holder leaves.
  dir.Write("lock", "pid: 999999999\nboot: elsewhere\n", 0600);
  EXPECT_FALSE(FileLock::IsHeld(dir / "lock"));
  EXPECT_TRUE(FileLock::Acquire(dir / "lock", "two", clock));
}

TEST(FileLockTest, NamesTheHolderThatRuns) {
  const TempDir dir;
  FakeClock clock;
  EXPECT_FALSE(FileLock::HolderOf(dir / "lock"));
  {
    const auto held = FileLock::Acquire(dir / "lock", "tfgrid-compose serve", clock);
    ASSERT_TRUE(held);
    const auto holder = FileLock::HolderOf(dir / "lock");
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->pid, getpid());
    EXPECT_EQ(holder->command, "tfgrid-compose serve");
  }
  EXPECT_FALSE(FileLock::HolderOf(dir / "lock"));
  for (const char* text : {"pid: 999999999\nboot: elsewhere\n", "pid: self\n", "x"}) {
    dir.Write("lock", text, 0600);
    EXPECT_FALSE(FileLock::HolderOf(dir / "lock")) << text;
  }
}

TEST(FileLockTest, GarbageInTheFileIsNoProblem) {
  const TempDir dir;
  FakeClock clock;
  dir.Write("lock", "started: yesterday\npid\n\x01\xff");
  EXPECT_TRUE(FileLock::Acquire(dir / "lock", "one\nforged: line", clock));
}

TEST(FileLockTest, ALinkIsRefused) {
  const TempDir dir;
  FakeClock clock;
  dir.Write("precious", "data");
  ASSERT_EQ(symlink((dir / "precious").c_str(), (dir / "lock").c_str()), 0);
  EXPECT_FALSE(FileLock::Acquire(dir / "lock", "one", clock));
  EXPECT_EQ(dir.Read("precious"), "data");
}

}  // namespace
}  // namespace gitops

#include "engine/os/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/os/child_wire.h"
#include "engine/os/posix_process.h"
#include "engine/os/system_clock.h"
#include "engine/os/warden.h"
#include "tests/support/process_life.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// A process that has let go of everything that could lead back to who started it: its parent, its
/// session, its environment. It writes its id to the file "daemon".
constexpr const char* kDaemon =
    "(setsid env -i /bin/sh -c 'echo $$ > daemon.new; mv daemon.new daemon; exec sleep 1000' "
    "</dev/null >/dev/null 2>&1 &) ; while [ ! -s daemon ]; do sleep 0.01; done; ";

class GuardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto warden = Warden::Start();
    ASSERT_TRUE(warden) << warden.error().ToString();
    warden_ = *std::move(warden);
  }
  void TearDown() override {
    if (const pid_t pid = Daemon(); pid > 0) kill(pid, SIGKILL);
  }

  ProcessSpec Shell(const std::string& script) const {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", script};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    spec.working_directory = dir_.path();
    spec.grace = milliseconds(200);
    spec.guarded = true;
    return spec;
  }

  ProcessResult MustRun(const ProcessSpec& spec, std::stop_token stop = {}) {
    PosixProcessRunner runner(clock_, nullptr, warden_.get());
    auto result = runner.Run(spec, std::move(stop));
    EXPECT_TRUE(result) << (result ? "" : result.error().ToString());
    return result ? *result : ProcessResult{};
  }

  /// Runs the script; returns who guarded it.
  pid_t GuardOf(const std::string& script) {
    const std::string output = MustRun(Shell("echo $PPID; " + script)).output;
    return output.empty() ? 0 : std::stoi(output);
  }

  pid_t Daemon() const {
    const std::string text = dir_.Read("daemon");
    return text.empty() ? 0 : std::stoi(text);
  }

  SystemClock clock_;
  TempDir dir_;
  std::unique_ptr<Warden> warden_;
};

TEST_F(GuardTest, AChildHasItsStreamsAndItsEnd) {
  ProcessSpec spec = Shell("cat; echo bad >&2; exit 3");
  spec.input = "good";
  const ProcessResult result = MustRun(spec);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "good");
  EXPECT_EQ(result.error_output, "bad\n");
  EXPECT_EQ(MustRun(Shell("kill -9 $$")).signal, SIGKILL);
}

TEST_F(GuardTest, AChildSeesNothingOfTheGuard) {
  const ProcessResult result =
      MustRun(Shell("for fd in /proc/$$/fd/*; do echo ${fd##*/}; done; "
                    "grep -E '^Sig(Blk|Ign)' /proc/self/status; umask"));
  EXPECT_THAT(result.output, HasSubstr("0\n1\n2\n3\nSigBlk:\t0000000000000000\n"
                                       "SigIgn:\t0000000000000000\n"));
}

TEST_F(GuardTest, WhatCannotBeStartedSaysWhy) {
  PosixProcessRunner runner(clock_, nullptr, warden_.get());
  ProcessSpec spec = Shell("");
  spec.argv = {"/nowhere/at/all"};
  const auto missing = runner.Run(spec, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().ToString(), HasSubstr("/nowhere/at/all"));
}

TEST_F(GuardTest, ServicesOfAChildThatSucceedsLiveOn) {
  const ProcessResult result = MustRun(Shell(std::string(kDaemon) + "exit 0"));
  EXPECT_TRUE(result.Succeeded());
  EXPECT_EQ(result.leftovers, 0);
  warden_.reset();
  ASSERT_GT(Daemon(), 0);
  EXPECT_TRUE(Lives(Daemon()));
}

TEST_F(GuardTest, AChildThatFailsTakesItsDaemonsAlong) {
  const ProcessResult result = MustRun(Shell(std::string(kDaemon) + "exit 1"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_GE(result.leftovers, 1);
  EXPECT_FALSE(result.leftovers_stuck);
  ASSERT_GT(Daemon(), 0);
  EXPECT_FALSE(Lives(Daemon()));
}

TEST_F(GuardTest, AChildOutOfTimeTakesItsDaemonsAlong) {
  ProcessSpec spec = Shell(std::string(kDaemon) + "trap '' TERM; while :; do sleep 1; done");
  spec.timeout = milliseconds(1500);
  EXPECT_TRUE(MustRun(spec).timed_out);
  ASSERT_GT(Daemon(), 0);
  EXPECT_FALSE(Lives(Daemon()));
}

TEST_F(GuardTest, AChildThatMultipliesIsEndedWhole) {
  ProcessSpec spec = Shell(
      "n=0; while [ $n -lt 60 ]; do n=$((n+1)); setsid sh -c 'sleep 1000 & wait' & done; exit 1");
  const ProcessResult result = MustRun(spec);
  EXPECT_FALSE(result.leftovers_stuck);
  EXPECT_GE(result.leftovers, 60);
}

TEST_F(GuardTest, AStoppedGuardHidesNothing) {
  EXPECT_EQ(MustRun(Shell("kill -STOP $PPID; exit 4")).exit_code, 4);
  ProcessSpec spec = Shell("kill -STOP $PPID; exec sleep 1000");
  spec.timeout = milliseconds(300);
  EXPECT_TRUE(MustRun(spec).timed_out);
}

TEST_F(GuardTest, AChildThatKillsItsGuardDiesWithIt) {
  PosixProcessRunner runner(clock_, nullptr, warden_.get());
  const auto early = runner.Run(Shell("kill -9 $PPID; echo $$ > child; exec sleep 1000"), {});
  // It may be so quick that not even the start is told.
  if (!early) {
    EXPECT_EQ(early.error().kind, ErrorKind::kUnknownOutcome);
  }
  const ProcessResult late = MustRun(Shell("sleep 0.2; kill -9 $PPID; exec sleep 1000"));
  EXPECT_EQ(late.signal, SIGKILL);
  EXPECT_TRUE(late.leftovers_stuck);
}

TEST_F(GuardTest, AGuardWhoseChildLeftNothingServesAgain) {
  const pid_t first = GuardOf("exit 0");
  EXPECT_EQ(GuardOf("exit 0"), first);
  EXPECT_EQ(GuardOf("sleep 0.01 & exit 1"), first) << "until something has to be ended";
  EXPECT_TRUE(EndsSoon(first));
  EXPECT_NE(GuardOf("exit 0"), first);
}

TEST_F(GuardTest, AGuardWhoseChildLeftAServiceServesNoOther) {
  const pid_t first = GuardOf(std::string(kDaemon) + "exit 0");
  EXPECT_NE(GuardOf("exit 0"), first);
  // What the next child leaves is ended, and only that.
  EXPECT_EQ(MustRun(Shell("sleep 1000 & exit 1")).leftovers, 1);
  ASSERT_GT(Daemon(), 0);
  EXPECT_TRUE(Lives(Daemon()));
  EXPECT_TRUE(EndsSoon(first));
}

TEST_F(GuardTest, AWaitingGuardThatIsKilledIsReplaced) {
  const pid_t first = GuardOf("exit 0");
  kill(first, SIGKILL);
  ASSERT_TRUE(IsGoneSoon(first));
  EXPECT_NE(GuardOf("exit 0"), first);
}

TEST_F(GuardTest, AWaitingGuardThatIsStoppedServesAllTheSame) {
  const pid_t first = GuardOf("exit 0");
  kill(first, SIGSTOP);
  EXPECT_GT(GuardOf("exit 0"), 0);
  warden_.reset();
  EXPECT_TRUE(EndsSoon(first));
}

TEST_F(GuardTest, WaitingGuardsEndWithTheEngine) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t engine = fork();
  if (engine == 0) {
    auto warden = Warden::Start();
    PosixProcessRunner runner(clock_, nullptr, warden ? warden->get() : nullptr);
    const auto result = runner.Run(Shell("echo $PPID"), {});
    const pid_t guard = result ? std::stoi(result->output) : 0;
    [[maybe_unused]] const ssize_t written = write(ends[1], &guard, sizeof guard);
    while (true) pause();
  }
  pid_t guard = 0;
  ASSERT_EQ(read(ends[0], &guard, sizeof guard), static_cast<ssize_t>(sizeof guard));
  ASSERT_GT(guard, 0);
  EXPECT_TRUE(Lives(guard));
  kill(engine, SIGKILL);
  waitpid(engine, nullptr, 0);
  EXPECT_TRUE(EndsSoon(guard));
  close(ends[0]);
  close(ends[1]);
}

TEST_F(GuardTest, OneChildLeavesTheNextNothing) {
  ProcessSpec first = Shell("umask 0777; ulimit -n 20; cd /; trap '' TERM; exit 0");
  first.environment["ONLY_FOR_THE_FIRST"] = "secret";
  first.umask = 0777;
  first.memory_limit_bytes = 64 << 20;
  first.confinement.no_new_privileges = true;
  first.confinement.expendable = 500;
  MustRun(first);
  const ProcessResult second =
      MustRun(Shell("env; pwd; umask; ulimit -v; grep -E '^(NoNewPrivs|SigIgn)' /proc/self/status; "
                    "cat /proc/self/oom_score_adj"));
  EXPECT_THAT(second.output, ::testing::Not(HasSubstr("ONLY_FOR_THE_FIRST")));
  EXPECT_THAT(second.output, HasSubstr("unlimited\nSigIgn:\t0000000000000000\nNoNewPrivs:\t0\n"));
  EXPECT_THAT(second.output, HasSubstr("\n" + dir_.path() + "\n"));
  EXPECT_THAT(second.output, ::testing::Not(HasSubstr("\n0777\n")));
  EXPECT_FALSE(second.output.ends_with("\n500\n"));
}

TEST_F(GuardTest, ASpecificationMayBeLarge) {
  ProcessSpec spec = Shell("printf '%s%s' ${#A} ${#B}; cat");
  spec.environment["A"] = std::string(100'000, 'a');
  spec.environment["B"] = std::string(30'000, 'b');
  spec.input = " in";
  EXPECT_EQ(MustRun(spec).output, "10000030000 in");
}

TEST_F(GuardTest, EverythingDiesWithTheEngine) {
  // The engine is a process of its own here, killed while its child runs.
  const pid_t engine = fork();
  if (engine == 0) {
    auto warden = Warden::Start();
    PosixProcessRunner runner(clock_, nullptr, warden ? warden->get() : nullptr);
    (void)runner.Run(Shell(std::string(kDaemon) + "echo $$ > child; exec sleep 1000"), {});
    _exit(0);
  }
  for (int i = 0; i < 1000 && dir_.Read("child").empty(); ++i) usleep(10'000);
  kill(engine, SIGKILL);
  waitpid(engine, nullptr, 0);
  ASSERT_GT(Daemon(), 0);
  EXPECT_TRUE(EndsSoon(std::stoi(dir_.Read("child"))));
  EXPECT_TRUE(EndsSoon(Daemon()));
}

TEST_F(GuardTest, TheWireKeepsEverySetting) {
  ProcessSpec spec;
  spec.argv = {"a", "", std::string("x\n\xff")};
  spec.environment = {{"A", "1"}, {"B", ""}};
  spec.working_directory = "/w";
  spec.memory_limit_bytes = 5;
  spec.file_size_limit_bytes = 6;
  spec.umask = 077;
  spec.bind_mounts = {{"/s", "/t"}};
  spec.confinement.user = ChildUser{70'000, 70'001};
  spec.confinement.view = MakePrivateView("/var/lib/x", "/var/lib/x/apps/e/n", "/t");
  spec.confinement.no_new_privileges = spec.confinement.no_core = true;
  spec.confinement.processes = 7;
  spec.confinement.open_files = 8;
  spec.confinement.expendable = 9;
  spec.confinement.control_groups = {"/g"};
  const std::string bytes = EncodeSpec(spec);
  const auto copy = DecodeSpec(bytes);
  ASSERT_TRUE(copy);
  EXPECT_EQ(EncodeSpec(*copy), bytes);
  EXPECT_EQ(copy->argv, spec.argv);
  EXPECT_EQ(copy->environment, spec.environment);
  EXPECT_EQ(copy->confinement, spec.confinement);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeSpec(std::string_view(bytes).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace gitops

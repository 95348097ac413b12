#include "engine/os/posix_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "engine/os/system_clock.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class PosixProcessTest : public testing::Test {
 protected:
  ProcessSpec Shell(const std::string& script) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", script};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    spec.grace = milliseconds(200);
    return spec;
  }

  ProcessResult MustRun(const ProcessSpec& spec, std::stop_token stop = {}) {
    auto result = runner_.Run(spec, std::move(stop));
    EXPECT_TRUE(result) << (result ? "" : result.error().ToString());
    return result ? *result : ProcessResult{};
  }

  /// True once the process is gone (or only waits to be reaped by init).
  static bool EndsSoon(pid_t pid) {
    for (int i = 0; i < 500; ++i) {
      if (kill(pid, 0) != 0 && errno == ESRCH) return true;
      const std::string path = "/proc/" + std::to_string(pid) + "/stat";
      std::ifstream file(path);
      std::string line;
      std::getline(file, line);
      const std::size_t paren = line.rfind(')');
      if (paren == std::string::npos || line.compare(paren, 3, ") Z") == 0) return true;
      usleep(10'000);
    }
    return false;
  }

  static bool Lives(pid_t pid) { return kill(pid, 0) == 0; }

  SystemClock clock_;
  WorkCounters counters_;
  PosixProcessRunner runner_{clock_, &counters_};
  TempDir dir_;
};

TEST_F(PosixProcessTest, KeepsBothStreamsAndTheExitCode) {
  const ProcessResult result = MustRun(Shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
  EXPECT_FALSE(result.Succeeded());
  EXPECT_EQ(result.Describe(), "exit code 3");
  EXPECT_EQ(counters_.children, 1U);
}

TEST_F(PosixProcessTest, InheritsNothingFromTheEnvironment) {
  setenv("GITOPS_CANARY", "leaked", 1);
  ProcessSpec spec = Shell("env");
  spec.environment["ONLY"] = "this";
  const ProcessResult result = MustRun(spec);
  EXPECT_THAT(result.output, HasSubstr("ONLY=this\n"));
  EXPECT_THAT(result.output, testing::Not(HasSubstr("GITOPS_CANARY")));
  EXPECT_THAT(result.output, testing::Not(HasSubstr("HOME=")));
  unsetenv("GITOPS_CANARY");
}

TEST_F(PosixProcessTest, ChildSeesDescriptorsZeroToTwoOnly) {
  // Without O_CLOEXEC on purpose: even a careless library must not leak into a child.
  const int leaked = open("/dev/null", O_RDONLY);
  const int far = fcntl(leaked, F_DUPFD, 700);
  ProcessSpec spec = Shell("for fd in /proc/$$/fd/*; do echo ${fd##*/}; done");
  const ProcessResult result = MustRun(spec);
  close(leaked);
  close(far);
  // The fourth is the directory that the shell itself reads.
  EXPECT_EQ(result.output, "0\n1\n2\n3\n");
}

TEST_F(PosixProcessTest, ChildHasDefaultSignalsInASessionOfItsOwn) {
  signal(SIGPIPE, SIG_IGN);
  const ProcessResult result =
      MustRun(Shell("grep -E '^Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f5,6 /proc/$$/stat; "
                    "echo $$"));
  signal(SIGPIPE, SIG_DFL);
  EXPECT_THAT(result.output, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(result.output, HasSubstr("SigIgn:\t0000000000000000"));
  const std::string pid = result.output.substr(result.output.rfind('\n', result.output.size() - 2));
  const std::string id = pid.substr(1, pid.size() - 2);
  EXPECT_THAT(result.output, HasSubstr("\n" + id + " " + id + "\n"));
}

TEST_F(PosixProcessTest, InputIsPassedAndEnds) {
  ProcessSpec spec = Shell("wc -c");
  spec.input = std::string(300'000, 'x');
  EXPECT_THAT(MustRun(spec).output, HasSubstr("300000"));
  EXPECT_EQ(MustRun(Shell("cat")).output, "");
}

TEST_F(PosixProcessTest, WorkingDirectoryAndUmaskApply) {
  ProcessSpec spec = Shell("pwd; umask");
  spec.working_directory = dir_.path();
  spec.umask = 027;
  EXPECT_EQ(MustRun(spec).output, dir_.path() + "\n0027\n");
}

TEST_F(PosixProcessTest, TimeoutEndsTheWholeGroupThatIgnoresSigterm) {
  ProcessSpec spec = Shell("trap '' TERM; sleep 100 & echo $! > " + (dir_ / "pid") +
                           "; while :; do sleep 100; done");
  spec.timeout = milliseconds(300);
  const ProcessResult result = MustRun(spec);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(result.Describe(), "no end after 300ms");
  EXPECT_TRUE(EndsSoon(std::stoi(dir_.Read("pid"))));
}

TEST_F(PosixProcessTest, TimeoutLetsAPoliteChildCleanUp) {
  ProcessSpec spec = Shell("trap 'echo cleaned; exit 5' TERM; while :; do sleep 0.05; done");
  spec.timeout = milliseconds(300);
  spec.grace = milliseconds(20'000);
  const ProcessResult result = MustRun(spec);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.output, "cleaned\n");
}

TEST_F(PosixProcessTest, AStoppedChildIsEndedToo) {
  ProcessSpec spec = Shell("kill -STOP $$");
  spec.timeout = milliseconds(300);
  EXPECT_TRUE(MustRun(spec).timed_out);
}

TEST_F(PosixProcessTest, StopRequestEndsTheChildAtOnce) {
  std::stop_source stop;
  ProcessSpec spec = Shell("echo ready; exec sleep 1000");
  spec.on_output = [&](std::string_view) { stop.request_stop(); };
  const ProcessResult result = MustRun(spec, stop.get_token());
  EXPECT_TRUE(result.cancelled);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_LT(result.duration, milliseconds(100'000));
}

TEST_F(PosixProcessTest, StopRequestBeforeTheStartStartsNothing) {
  std::stop_source stop;
  stop.request_stop();
  const ProcessResult result = MustRun(Shell("touch " + (dir_ / "ran")), stop.get_token());
  EXPECT_TRUE(result.cancelled);
  EXPECT_NE(access((dir_ / "ran").c_str(), F_OK), 0);
}

TEST_F(PosixProcessTest, StopFromAnotherThread) {
  std::stop_source stop;
  ProcessSpec spec = Shell("sleep 1000");
  std::jthread stopper;
  spec.on_start = [&](int) { stopper = std::jthread([&] { stop.request_stop(); }); };
  EXPECT_TRUE(MustRun(spec, stop.get_token()).cancelled);
}

TEST_F(PosixProcessTest, ADaemonThatKeepsTheStreamOpenDoesNotHoldUsUp) {
  const ProcessResult result = MustRun(Shell("setsid sh -c 'echo $$ > " + (dir_ / "pid") +
                                             "; exec sleep 1000' & while [ ! -s " + (dir_ / "pid") +
                                             " ]; do :; done; echo done"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, "done\n");
  const pid_t daemon = std::stoi(dir_.Read("pid"));
  EXPECT_TRUE(Lives(daemon));
  kill(daemon, SIGKILL);
}

TEST_F(PosixProcessTest, ADaemonThatGoesOnPrintingDoesNotHoldUsUp) {
  ProcessSpec spec =
      Shell("setsid sh -c 'echo $$ > " + (dir_ / "pid") +
            "; while :; do echo noise; done' & while [ ! -s " + (dir_ / "pid") + " ]; do :; done");
  std::size_t bytes = 0;
  spec.on_output = [&](std::string_view text) { bytes += text.size(); };
  EXPECT_EQ(MustRun(spec).exit_code, 0);
  kill(std::stoi(dir_.Read("pid")), SIGKILL);
}

TEST_F(PosixProcessTest, AFailedChildTakesItsBackgroundAlong) {
  MustRun(Shell("sleep 1000 >/dev/null 2>&1 & echo $! > " + (dir_ / "pid") + "; exit 1"));
  EXPECT_TRUE(EndsSoon(std::stoi(dir_.Read("pid"))));
}

TEST_F(PosixProcessTest, ASuccessfulChildLeavesItsBackgroundRunning) {
  MustRun(Shell("sleep 1000 >/dev/null 2>&1 & echo $! > " + (dir_ / "pid")));
  const pid_t background = std::stoi(dir_.Read("pid"));
  EXPECT_TRUE(Lives(background));
  kill(background, SIGKILL);
}

TEST_F(PosixProcessTest, ClosedStreamsAreNotTheEnd) {
  const ProcessResult result = MustRun(Shell("exec >&- 2>&-; sleep 0.1; exit 7"));
  EXPECT_EQ(result.exit_code, 7);
}

TEST_F(PosixProcessTest, TooMuchOutputIsAnError) {
  ProcessSpec spec = Shell("yes");
  spec.output_limit = 1000;
  const auto result = runner_.Run(spec, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(result.error().primary().summary, "too much output");
}

TEST_F(PosixProcessTest, AFloodIsHandedOnInBoundedPieces) {
  ProcessSpec spec = Shell("head -c 20000000 /dev/zero; echo end >&2");
  std::size_t bytes = 0;
  std::size_t largest = 0;
  spec.on_output = [&](std::string_view text) {
    bytes += text.size();
    largest = std::max(largest, text.size());
  };
  const ProcessResult result = MustRun(spec);
  EXPECT_EQ(bytes, 20'000'004U);
  EXPECT_LE(largest, 512U * 1024);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.error_output, "");
}

TEST_F(PosixProcessTest, AFloodDoesNotHideTheDeadline) {
  ProcessSpec spec = Shell("trap '' TERM; while :; do echo noise; done");
  spec.on_output = [](std::string_view) {};
  spec.timeout = milliseconds(300);
  EXPECT_TRUE(MustRun(spec).timed_out);
}

TEST_F(PosixProcessTest, MergedStreamsKeepTheirOrder) {
  ProcessSpec spec = Shell("for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done");
  std::string text;
  spec.on_output = [&](std::string_view bytes) { text += bytes; };
  MustRun(spec);
  EXPECT_EQ(text, "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n");
}

TEST_F(PosixProcessTest, SignalsAndHighExitCodesAreTold) {
  EXPECT_EQ(MustRun(Shell("kill -KILL $$")).Describe(), "killed by signal 9 (Killed)");
  EXPECT_EQ(MustRun(Shell("exit 137")).exit_code, 137);
}

TEST_F(PosixProcessTest, ErrorOutputIsCutToItsEnd) {
  const ProcessResult result = MustRun(Shell("head -c 100000 /dev/zero >&2; echo end >&2"));
  EXPECT_EQ(result.error_output.size(), 64U * 1024);
  EXPECT_EQ(result.error_output.substr(result.error_output.size() - 4), "end\n");
}

TEST_F(PosixProcessTest, MissingProgram) {
  ProcessSpec spec = Shell("");
  spec.argv = {"no-such-program-here"};
  const auto result = runner_.Run(spec, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(result.error().primary().detail, HasSubstr("/usr/bin:/bin"));
}

TEST_F(PosixProcessTest, ScriptWithoutInterpreterLine) {
  ProcessSpec spec = Shell("");
  spec.argv = {dir_.Write("script", "echo hello\n", 0755)};
  const auto result = runner_.Run(spec, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(result.error().primary().hint, HasSubstr("#!/bin/sh"));
}

TEST_F(PosixProcessTest, ScriptWithCarriageReturnsOrUnknownInterpreter) {
  ProcessSpec spec = Shell("");
  spec.argv = {dir_.Write("script", "#!/bin/sh\r\necho hello\r\n", 0755)};
  const auto result = runner_.Run(spec, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(result.error().primary().summary, "the interpreter of a script is missing");
}

TEST_F(PosixProcessTest, UnusableArgumentsAndVariables) {
  ProcessSpec spec = Shell("");
  spec.argv.push_back(std::string("a\0b", 3));
  EXPECT_EQ(runner_.Run(spec, {}).error().kind, ErrorKind::kInvalid);
  spec = Shell("");
  spec.environment["A=B"] = "c";
  EXPECT_EQ(runner_.Run(spec, {}).error().kind, ErrorKind::kInvalid);
  spec = Shell("");
  spec.environment["BIG"] = std::string(10'000'000, 'x');
  EXPECT_EQ(runner_.Run(spec, {}).error().kind, ErrorKind::kInvalid);
}

TEST_F(PosixProcessTest, MissingWorkingDirectoryIsNamed) {
  ProcessSpec spec = Shell("");
  spec.working_directory = dir_ / "nowhere";
  const auto result = runner_.Run(spec, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().primary().detail, HasSubstr("nowhere"));
}

TEST_F(PosixProcessTest, FileSizeLimitHolds) {
  ProcessSpec spec = Shell("head -c 100000 /dev/zero > " + (dir_ / "file"));
  spec.file_size_limit_bytes = 10'000;
  EXPECT_FALSE(MustRun(spec).Succeeded());
  EXPECT_EQ(dir_.Read("file").size(), 10'000U);
}

TEST_F(PosixProcessTest, MemoryLimitHolds) {
  ProcessSpec spec = Shell("ulimit -v");
  spec.memory_limit_bytes = 512LL * 1024 * 1024;
  EXPECT_EQ(MustRun(spec).output, "524288\n");
}

TEST_F(PosixProcessTest, ChildIsToldToDieWithItsParent) {
  // The child of a parent that is gone: the runner of the inner process is this binary's own shell
  // started with the flag, which the kernel shows nowhere, so the effect itself is looked at.
  const pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    ProcessSpec spec = Shell("echo $$ > " + (dir_ / "pid.new") + "; mv " + (dir_ / "pid.new") +
                             " " + (dir_ / "pid") + "; exec sleep 1000");
    (void)runner_.Run(spec, {});
    _exit(0);
  }
  while (access((dir_ / "pid").c_str(), F_OK) != 0) usleep(1000);
  kill(parent, SIGKILL);
  int status = 0;
  waitpid(parent, &status, 0);
  EXPECT_TRUE(EndsSoon(std::stoi(dir_.Read("pid"))));
}

TEST_F(PosixProcessTest, ManyThreadsStartFreshScriptsAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        ProcessSpec spec = Shell("");
        spec.argv = {dir_.Write("s" + std::to_string(t), "#!/bin/sh\nexit 0\n", 0755)};
        const auto result = runner_.Run(spec, {});
        if (result && result->Succeeded()) ++good;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 160);
}

TEST_F(PosixProcessTest, NoDescriptorAndNoZombieIsLeft) {
  const auto open_fds = [] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      (void)entry;
      ++count;
    }
    return count;
  };
  const int before = open_fds();
  for (int i = 0; i < 10; ++i) MustRun(Shell("exit 0"));
  ProcessSpec missing = Shell("");
  missing.argv = {"/nonexistent/program"};
  EXPECT_FALSE(runner_.Run(missing, {}));
  EXPECT_EQ(open_fds(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(PosixProcessTest, InteractiveChildUsesTheParentsStreams) {
  ProcessSpec spec = Shell("exit 4");
  spec.interactive = true;
  EXPECT_EQ(MustRun(spec).exit_code, 4);
}

}  // namespace
}  // namespace gitops

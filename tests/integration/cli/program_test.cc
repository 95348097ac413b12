// How the program behaves towards shells, pipes, disks and signals.
#include "tests/integration/cli/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "engine/cli/arguments.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ProgramTest : public ::testing::Test {
 protected:
  testing::Program program_;
};

TEST_F(ProgramTest, WrongUseIsSaidOnStandardErrorAndTouchesNothing) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"aply"},
                                                {"status", "--bogus"},
                                                {"status", "../x"},
                                                {"rollback"},
                                                {"status", "--output", "xml"},
                                                {"reconcile", "--source"}}) {
    const ProcessResult result = program_.Run(words);
    EXPECT_EQ(result.exit_code, kExitUsage);
    EXPECT_THAT(result.output, IsEmpty());
    EXPECT_THAT(result.error_output, AllOf(StartsWith("error: "), HasSubstr("\nusage: ")));
  }
  EXPECT_FALSE(std::filesystem::exists(program_.directory / "state"));
}

TEST_F(ProgramTest, HelpAndVersion) {
  EXPECT_THAT(program_.Run({"--help"}).output, HasSubstr("reconcile"));
  EXPECT_THAT(program_.Run({"rollback", "--help"}).output, HasSubstr("--revert"));
  EXPECT_THAT(program_.Run({"--version"}).output, StartsWith("tfgrid-compose "));
  EXPECT_EQ(program_.Run({"--version"}).exit_code, kExitDone);
}

TEST_F(ProgramTest, ANewMachineHasNoApps) {
  const ProcessResult result = program_.Run({"status"});
  EXPECT_EQ(result.exit_code, kExitDone);
  EXPECT_THAT(result.output, HasSubstr("No apps yet"));
  EXPECT_FALSE(std::filesystem::exists(program_.directory / "state"));
}

TEST_F(ProgramTest, ABrokenConfigurationFailsWithEveryProblem) {
  program_.directory.Write("reconciler.yaml", "intervall: 1\nlimits: {parallelApps: 0}\n");
  const ProcessResult text = program_.Run({"reconcile"});
  EXPECT_EQ(text.exit_code, kExitFailed);
  EXPECT_THAT(text.error_output,
              AllOf(HasSubstr("reconciler.yaml:1:1"), HasSubstr("reconciler.yaml:2:")));
  const ProcessResult json = program_.Run({"reconcile", "-o", "json"});
  EXPECT_EQ(json.exit_code, kExitFailed);
  EXPECT_THAT(json.output,
              AllOf(StartsWith("{"), HasSubstr("\"kind\": \"invalid\""), HasSubstr("\"line\": 2")));
}

TEST_F(ProgramTest, AFullDiskIsAWriteError) {
  const ProcessResult result = program_.Shell("\"$P\" --help > /dev/full");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.error_output, HasSubstr("write error"));
}

TEST_F(ProgramTest, AReaderThatLeavesIsNoError) {
  const ProcessResult result =
      program_.Shell("{ \"$P\" completion bash; echo $? >&2; } | head -n 1 > /dev/null");
  EXPECT_EQ(result.error_output, "0\n");
}

TEST_F(ProgramTest, ClosedStandardStreamsAreNoError) {
  EXPECT_EQ(program_.Shell("\"$P\" status <&- >&- 2>&-").exit_code, kExitDone);
}

TEST_F(ProgramTest, OddSurroundingsAreNoError) {
  program_.environment["COLUMNS"] = "0";
  program_.environment["TERM"] = "";
  program_.environment["LC_ALL"] = "nowhere";
  EXPECT_EQ(program_.Run({"status"}).exit_code, kExitDone);
  EXPECT_THAT(program_.Run({"status", "\xff\xfe"}).error_output, Not(HasSubstr("\xff")));
}

TEST_F(ProgramTest, BashCompletes) {
  const std::string script = "source <(\"$P\" completion bash); COMP_WORDS=(tfgrid-compose ";
  const auto complete = [&](const std::string& words, int index) {
    program_.environment["S"] = script + words + "); COMP_CWORD=" + std::to_string(index) +
                                "; _tfgrid_compose; echo ${COMPREPLY[@]}";
    return program_.Shell("bash -c \"$S\"").output;
  };
  EXPECT_EQ(complete("reco", 1), "reconcile\n");
  EXPECT_EQ(complete("rollback --re", 2), "--revert\n");
  EXPECT_EQ(complete("status -o j", 3), "json\n");
  EXPECT_EQ(complete("completion z", 2), "zsh\n");
}

/// Starts the binary and lets a test talk to it while it runs.
class RunningProgram {
 public:
  RunningProgram(const testing::Program& program, std::vector<std::string> words) {
    words.insert(words.begin(), testing::Program::Path());
    std::vector<std::string> variables;
    for (const auto& [name, value] : program.environment) variables.push_back(name + "=" + value);
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> list;
      for (std::string& text : texts) list.push_back(text.data());
      list.push_back(nullptr);
      return list;
    };
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> environment = pointers(variables);
    pid_ = fork();
    if (pid_ == 0) {
      if (chdir(program.directory.path().c_str()) != 0) _exit(99);
      execve(argv[0], argv.data(), environment.data());
      _exit(99);
    }
  }
  ~RunningProgram() {
    if (pid_ > 0) kill(pid_, SIGKILL);
  }

  void Signal(int signal) const { EXPECT_EQ(kill(pid_, signal), 0); }

  int WaitForExitCode() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
};

/// An app whose setup says through a FIFO that it runs, and then goes on until it is stopped.
void WriteEndlessApp(const TempDir& directory) {
  directory.Write("app/tfgrid-compose.yaml",
                  "name: endless\nversion: 1.0.0\npattern: single-vm\nresources:\n  cpu: "
                  "{recommended: 1}\nhooks: {setup: deployment/setup.sh}\n");
  directory.Write("app/deployment/setup.sh",
                  "#!/bin/sh\necho running > " + directory / "fifo" + "\nexec tail -f /dev/null\n",
                  0755);
  ASSERT_EQ(mkfifo((directory / "fifo").c_str(), 0600), 0);
}

TEST_F(ProgramTest, AnInterruptEndsInGoodOrderAndTheNextCommandSaysSo) {
  WriteEndlessApp(program_.directory);
  RunningProgram running(program_, {"up", "app"});
  const UniqueFd fifo(open((program_.directory / "fifo").c_str(), O_RDONLY));  // Until it runs.
  ASSERT_TRUE(fifo);
  const ProcessResult second = program_.Run({"up", "app"});
  EXPECT_EQ(second.exit_code, kExitFailed);
  EXPECT_THAT(second.error_output, HasSubstr("tfgrid-compose up"));
  EXPECT_EQ(program_.Run({"status"}).exit_code, kExitDone);
  running.Signal(SIGINT);
  EXPECT_EQ(running.WaitForExitCode(), kExitInterrupted);
  const ProcessResult status = program_.Run({"status", "-o", "json"});
  EXPECT_THAT(status.output, HasSubstr("\"id\": \"default/endless\""));
}

TEST_F(ProgramTest, FollowingEndsWithAnInterrupt) {
  WriteEndlessApp(program_.directory);
  RunningProgram running(program_, {"up", "app"});
  const UniqueFd fifo(open((program_.directory / "fifo").c_str(), O_RDONLY));
  ASSERT_TRUE(fifo);
  // Something is in the file once the log is followed.
  const ProcessResult follow = program_.Shell(
      "\"$P\" logs endless --follow > out & pid=$!; until [ -s out ]; do :; done; kill -INT $pid; "
      "wait $pid; echo $?");
  EXPECT_EQ(follow.output, "130\n");
  EXPECT_THAT(follow.error_output, HasSubstr("goes on"));
  running.Signal(SIGTERM);
  EXPECT_EQ(running.WaitForExitCode(), kExitInterrupted);
}

}  // namespace
}  // namespace gitops

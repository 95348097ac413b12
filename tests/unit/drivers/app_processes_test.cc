#include "engine/drivers/app_processes.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

/// Starts /bin/sleep with one variable in its environment and waits until it is the sleeper.
pid_t StartSleeper(const std::string& variable) {
  const pid_t pid = fork();
  if (pid == 0) {
    const char* argv[] = {"sleep", "1000", nullptr};
    const char* environment[] = {variable.c_str(), nullptr};
    execve("/bin/sleep", const_cast<char**>(argv), const_cast<char**>(environment));
    _exit(127);
  }
  std::string command;
  while (command.find("sleep") == std::string::npos) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
    std::getline(file, command, '\0');
  }
  return pid;
}

TEST(AppProcessesTest, OnlyTheExactRootCounts) {
  const TempDir dir;
  const std::string root = dir / "app";
  const pid_t other = StartSleeper("TFGRID_APP_ROOT=" + root + "2");
  const pid_t hidden = StartSleeper("X_TFGRID_APP_ROOT=" + root);
  const pid_t ours = StartSleeper("TFGRID_APP_ROOT=" + root);
  EXPECT_EQ(CountAppProcesses(root), 1);
  const auto ended = EndAppProcesses({root}, std::chrono::seconds(60), {});
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, 1);
  int status = 0;
  EXPECT_EQ(waitpid(ours, &status, 0), ours);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  for (const pid_t pid : {other, hidden}) {
    EXPECT_EQ(waitpid(pid, nullptr, WNOHANG), 0);
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
}

/// Runs this very test once more in a process that has the variable in its environment, as when
/// somebody runs `down` in a shell that `exec` opened for the app.
int RunAgainMarked(const char* test, const std::string& root) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(kAppRootVariable, root.c_str(), 1);
    const std::string filter = std::string("--gtest_filter=") + test;
    const char* argv[] = {"/proc/self/exe", filter.c_str(), nullptr};
    if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
    execv(argv[0], const_cast<char**>(argv));
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AppProcessesTest, NeverEndsItself) {
  const char* root = std::getenv(kAppRootVariable);
  if (root == nullptr) {
    const TempDir dir;
    EXPECT_EQ(RunAgainMarked("AppProcessesTest.NeverEndsItself", dir / "app"), 0);
    return;
  }
  const pid_t sleeper = StartSleeper(std::string(kAppRootVariable) + "=" + root);
  const auto ended = EndAppProcesses({root}, std::chrono::seconds(60), {});
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, 1);
  EXPECT_EQ(waitpid(sleeper, nullptr, 0), sleeper);
}

TEST(AppProcessesTest, AStopRequestIsHeard) {
  const TempDir dir;
  const std::string root = dir / "app";
  const pid_t ours = StartSleeper("TFGRID_APP_ROOT=" + root);
  kill(ours, SIGSTOP);
  std::stop_source stop;
  stop.request_stop();
  const auto ended = EndAppProcesses({root}, std::chrono::hours(1), stop.get_token());
  // Either the signal was quick enough or the request was honoured; it does not wait an hour.
  EXPECT_TRUE(ended || ended.error().kind == ErrorKind::kCancelled);
  kill(ours, SIGKILL);
  waitpid(ours, nullptr, 0);
}

}  // namespace
}  // namespace gitops

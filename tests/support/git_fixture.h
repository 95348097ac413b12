// GitFixture: a private directory with the git program, its HOME and configuration isolated from
// the machine's. Builds repositories for tests; removed with everything in it at the end.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/os/posix_process.h"
#include "engine/os/system_clock.h"

namespace gitops {

class GitFixture {
 public:
  GitFixture() : runner_(clock_, nullptr) {
    std::string name = (std::filesystem::temp_directory_path() / "git-test-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    root_ = name;
    std::filesystem::create_directories(root_ / "home");
  }
  ~GitFixture() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
  }
  GitFixture(const GitFixture&) = delete;
  GitFixture& operator=(const GitFixture&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::string Path(const std::string& name) const { return (root_ / name).string(); }
  ProcessRunner& runner() { return runner_; }
  const Clock& clock() const { return clock_; }

  std::map<std::string, std::string> Environment() const {
    return {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
            {"HOME", Path("home")},
            {"GIT_CONFIG_NOSYSTEM", "1"},
            {"GIT_CONFIG_GLOBAL", "/dev/null"},
            {"GIT_AUTHOR_NAME", "t"},
            {"GIT_AUTHOR_EMAIL", "t@example.org"},
            {"GIT_COMMITTER_NAME", "t"},
            {"GIT_COMMITTER_EMAIL", "t@example.org"},
            {"GIT_TERMINAL_PROMPT", "0"},
            {"LC_ALL", "C"}};
  }

  /// Runs a program to its end; the test aborts when it fails. Returns its output without the last
  /// newline.
  std::string Run(std::vector<std::string> argv, const std::string& directory = "",
                  const std::string& input = "") {
    ProcessSpec spec;
    spec.argv = std::move(argv);
    spec.environment = Environment();
    spec.working_directory = directory.empty() ? root_.string() : directory;
    spec.input = input;
    spec.timeout = std::chrono::seconds(60);
    const auto result = runner_.Run(spec, {});
    if (!result || !result->Succeeded()) {
      std::fprintf(stderr, "%s: %s\n", spec.argv.back().c_str(),
                   result ? result->error_output.c_str() : result.error().ToString().c_str());
    }
    CHECK(result && result->Succeeded());
    std::string output = result->output;
    while (output.ends_with('\n')) output.pop_back();
    return output;
  }
  std::string Git(const std::string& directory, std::vector<std::string> arguments,
                  const std::string& input = "") {
    arguments.insert(arguments.begin(), {"git", "-c", "init.defaultBranch=main", "-c", "gc.auto=0",
                                         "-c", "protocol.version=2"});
    return Run(std::move(arguments), directory, input);
  }

  void WriteFile(const std::string& path, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << bytes;
    CHECK(file.good());
  }
  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  /// Commits `files` (path → bytes) as the whole content of `branch` in a repository, which is made
  /// bare when it does not exist. Needs no working directory. Returns the commit.
  std::string Commit(const std::string& repository, const std::map<std::string, std::string>& files,
                     const std::string& branch = "main", bool keep_history = true) {
    if (!std::filesystem::exists(repository)) Git("", {"init", "-q", "--bare", repository});
    std::string stream = "commit refs/heads/" + branch + "\ncommitter t <t@example.org> " +
                         std::to_string(1'700'000'000 + ++commits_) + " +0000\ndata 1\nc\n";
    const bool exists =
        std::filesystem::exists(repository + "/refs/heads/" + branch) && keep_history;
    if (exists) stream += "from refs/heads/" + branch + "^0\n";
    stream += "deleteall\n";
    for (const auto& [path, bytes] : files) {
      stream += "M 100644 inline " + path + "\ndata " + std::to_string(bytes.size()) + "\n" +
                bytes + "\n";
    }
    stream += "done\n";
    Git(repository, {"fast-import", "--quiet", "--done", "--force"}, stream);
    return Git(repository, {"rev-parse", "refs/heads/" + branch});
  }

 private:
  SystemClock clock_;
  PosixProcessRunner runner_;
  std::filesystem::path root_;
  int commits_ = 0;
};

}  // namespace gitops

// PrivateMounts: runs a piece of a test in a child process with mounts of its own, so that a full
// or read-only file system can be tried without touching the machine's.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

namespace gitops {

/// A small tmpfs, mounted in a child process only.
class PrivateMounts {
 public:
  enum class Outcome { kPassed, kFailed, kNoMounts };

  /// Mounts a tmpfs with `options` ("size=64k") on `directory` and runs `body` there, in a child.
  /// Expectations that fail in the child print their messages and make the outcome kFailed.
  static Outcome Run(const std::string& directory, const std::string& options,
                     const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
      if (!Mount(directory, options)) _exit(77);
      body();
      _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
      return Outcome::kFailed;
    }
    if (WEXITSTATUS(status) == 77) return Outcome::kNoMounts;
    return WEXITSTATUS(status) == 0 ? Outcome::kPassed : Outcome::kFailed;
  }

  static bool Remount(const std::string& directory, const std::string& options, bool read_only) {
    return mount("tmpfs", directory.c_str(), "tmpfs",
                 MS_REMOUNT | (read_only ? static_cast<unsigned long>(MS_RDONLY) : 0UL),
                 options.c_str()) == 0;
  }

 private:
  static bool Mount(const std::string& directory, const std::string& options) {
    const int flags = CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
    return unshare(flags) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", directory.c_str(), "tmpfs", 0, (options + ",mode=700").c_str()) == 0;
  }
};

}  // namespace gitops

// Program: runs the real binary in a directory of its own, with a home and a state of its own.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/os/posix_process.h"
#include "engine/os/system_clock.h"
#include "tests/support/temp_dir.h"

namespace gitops::testing {

class Program {
 public:
  Program() {
    environment["HOME"] = directory.path();
    environment["PATH"] = "/usr/bin:/bin";
    environment["TFGRID_COMPOSE_STATE_DIR"] = directory.path() + "/state";
  }

  static std::string Path() {
    return std::string(TFGRID_COMPOSE_BINARY_DIR) + "/bin/tfgrid-compose";
  }

  ProcessResult Run(const std::vector<std::string>& words) {
    std::vector<std::string> argv{Path()};
    argv.insert(argv.end(), words.begin(), words.end());
    return Start(argv);
  }
  /// A line of shell in which "$P" is the binary.
  ProcessResult Shell(const std::string& line) {
    environment["P"] = Path();
    return Start({"/bin/sh", "-c", line});
  }

  TempDir directory;
  std::map<std::string, std::string> environment;

 private:
  ProcessResult Start(const std::vector<std::string>& argv) {
    ProcessSpec spec;
    spec.argv = argv;
    spec.environment = environment;
    spec.working_directory = directory.path();
    const SystemClock clock;
    auto result = PosixProcessRunner(clock, nullptr).Run(spec, {});
    if (!result) {
      ADD_FAILURE() << result.error().ToString();
      return {};
    }
    return *std::move(result);
  }
};

}  // namespace gitops::testing

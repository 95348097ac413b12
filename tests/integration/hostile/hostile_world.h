// HostileWorld: apps whose hooks mean harm, the real binary, and a look at what became of them.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "engine/cli/arguments.h"
#include "tests/integration/cli/program.h"
#include "tests/support/process_life.h"

namespace gitops::testing {

class HostileWorld : public ::testing::Test {
 protected:
  /// An app in the directory `name` whose configure hook is this shell script.
  void WriteApp(const std::string& path, const std::string& configure,
                const std::string& more_manifest = "") const {
    const std::string name = path.substr(path.rfind('/') + 1);
    program_.directory.Write(
        path + "/tfgrid-compose.yaml",
        "name: " + name +
            "\nversion: 0.1.0\npattern: single-vm\n"
            "hooks: {configure: {script: deployment/configure.sh, timeout: 60s}}\n" +
            more_manifest);
    program_.directory.Write(path + "/deployment/configure.sh", "#!/bin/sh\n" + configure, 0755);
  }

  /// The apps below `repository/` become a commit of a source of the environment "default".
  void Commit(const std::string& configuration = "") {
    const ProcessResult made = program_.Shell(
        "git init -q -b main repository 2>/dev/null; git -C repository add -A && git -C repository "
        "-c user.name=t -c user.email=t@example.org commit -qm change");
    EXPECT_EQ(made.exit_code, 0) << made.error_output;
    Configure("sources: [{name: apps, url: ./repository}]\n" + configuration);
  }
  void Configure(const std::string& text) const {
    program_.directory.Write("reconciler.yaml", text);
  }

  ProcessResult Up(const std::string& name) { return program_.Run({"up", name, "-o", "json"}); }

  /// What the last run of the app has in its log.
  std::string Log(const std::string& name) { return program_.Run({"logs", name}).output; }

  /// A file in the app's data directory.
  std::string Data(const std::string& name, const std::string& file) const {
    return program_.directory.Read("state/apps/default/" + name + "/data/" + file);
  }
  pid_t PidIn(const std::string& name, const std::string& file) const {
    const std::string text = Data(name, file);
    return text.empty() ? 0 : std::stoi(text);
  }

  Program program_;
};

}  // namespace gitops::testing

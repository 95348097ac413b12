// LocalWorld: the drivers of `local` on a directory of the test, with real processes and a clock
// that moves by itself when somebody sleeps on it.
#pragma once

#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_processes.h"
#include "engine/drivers/local_registry.h"
#include "engine/os/posix_process.h"
#include "engine/os/system_clock.h"
#include "engine/os/system_random.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_tree.h"
#include "tests/support/temp_dir.h"

namespace gitops {

/// Keeps everything in memory.
class MemoryLog : public StepLog {
 public:
  void Write(std::string_view bytes) override { output += bytes; }
  void Note(std::string_view line) override { notes += std::string(line) + "\n"; }

  std::string output;
  std::string notes;
};

struct LocalWorld {
  LocalWorld() {
    clock.SetAutomatic(true);
    AddLocalDrivers(registry, options);
  }
  ~LocalWorld() { (void)EndAppProcesses({root()}, std::chrono::milliseconds(0), {}); }

  TempDir dir;
  FakeClock clock;
  SystemClock system_clock;
  SystemRandom random;
  PosixProcessRunner runner{system_clock, nullptr};
  LocalOptions options{dir.path(), runner, clock, clock, random, std::chrono::milliseconds(300)};
  DriverRegistry registry;

  AppId app{"test", "web"};
  Revision revision{"main", *ObjectId::FromHex("0123456789012345678901234567890123456789")};
  MemoryTree tree;
  MemoryTree pattern;
  bool tree_gone = false;
  AppVariables variables;
  std::map<StepAddress, Outputs> outputs;
  Outputs previous;
  MemoryLog log;
  std::chrono::milliseconds timeout{60'000};

  AppDirectories directories() const { return AppDirectories(dir.path(), app); }
  std::string root() const { return directories().root; }

  void Set(const std::string& name, const std::string& value, bool secret = false) {
    variables.values.push_back({name, Secret(value), secret, "app"});
  }

  static Step MakeStep(Phase phase, const std::string& name, const std::string& driver,
                       std::map<std::string, std::string> parameters) {
    Step step;
    step.address = {phase, name, ""};
    step.driver = driver;
    step.parameters = std::move(parameters);
    return step;
  }
  static Step HostStep(const std::string& cpu = "1") {
    return MakeStep(Phase::kInfrastructure, "host", "local", {{"variables.cpu", cpu}});
  }
  static Step FilesStep(std::map<std::string, std::string> more = {}) {
    more["manifest"] = "tfgrid-compose.yaml";
    return MakeStep(Phase::kApp, "files", "files", std::move(more));
  }
  static Step HookStep(const std::string& hook) {
    return MakeStep(Phase::kApp, hook, hook == "healthcheck" ? "healthcheck" : "hook",
                    {{"hook", hook}, {"script", "deployment/" + hook + ".sh"}});
  }

  Result<Outputs> Apply(const Step& step, std::stop_token stop = {}) {
    return registry.Find(step.driver)->Apply(Context(step), std::move(stop));
  }
  Status Destroy(const Step& step) {
    return registry.Find(step.driver)->Destroy(Context(step), {});
  }
  Result<ObservedStep> Observe(const Step& step) {
    return registry.Find(step.driver)->Observe(Context(step), {});
  }
  Observation Seen(const Step& step) { return Observe(step)->observation; }

  /// Brings the host and the files up.
  Status Place() {
    RETURN_IF_ERROR(Apply(HostStep()));
    RETURN_IF_ERROR(Apply(FilesStep()));
    return {};
  }

  /// A file beneath the app's root; "" when it is not there.
  std::string Read(const std::string& path) const {
    return dir.Read("apps/" + app.ToString() + "/" + path);
  }

  StepContext Context(const Step& step) {
    return StepContext{.app = app,
                       .revision = revision,
                       .app_version = "1.2.3",
                       .step = step,
                       .app_tree = tree_gone ? nullptr : &tree,
                       .pattern_tree = &pattern,
                       .variables = variables,
                       .outputs = outputs,
                       .previous = previous,
                       .run = 1,
                       .log = log,
                       .timeout = timeout};
  }
};

}  // namespace gitops

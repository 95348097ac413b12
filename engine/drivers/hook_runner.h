// HookRunner: puts a script of the app in its place, runs it there as the contract says and turns
// its end into a Status. Used by the drivers for hooks, health checks and teardown. Stateless.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_user.h"
#include "engine/drivers/disk_watch.h"
#include "engine/drivers/driver.h"
#include "engine/drivers/local_options.h"
#include "engine/drivers/run_group.h"

namespace gitops {

struct HookRequest {
  std::string hook;    ///< "setup", "configure", "healthcheck", "teardown", "probe".
  std::string script;  ///< Path from the app's directory.
  std::vector<std::string> arguments;
  std::chrono::milliseconds timeout{0};
};

/// A program that is in its place already.
struct ProgramRequest {
  std::string program;
  std::string working_directory;
  const AppVariables& variables;
  const AppUser& user;
  std::map<std::string, std::string> more_environment;
};

class HookRunner {
 public:
  explicit HookRunner(const LocalOptions& options) : options_(options) {}

  /// Runs the script and waits for it. Errors: kNotFound (no such script), kInvalid (exit code not
  /// 0; not a program), kUnknownOutcome (no end within the timeout), kCancelled, kTransient.
  Status Run(const StepContext& context, const HookRequest& request, std::stop_token stop) const;

  /// The same for a program that is no file of the app. `request.script` names it in messages.
  Status RunProgram(const StepContext& context, const HookRequest& request,
                    const ProgramRequest& program, std::stop_token stop) const;

  /// Ends what an earlier hook of this app left running when the engine died under it.
  Status EndInterrupted(const AppDirectories& directories, StepLog& log,
                        std::stop_token stop) const;

 private:
  Result<ProcessResult> Execute(const StepContext& context, const AppDirectories& directories,
                                const HookRequest& request, const ProgramRequest& program,
                                const RunGroup& group, DiskWatch& disk,
                                std::vector<std::string>& tail, std::stop_token stop) const;

  LocalOptions options_;
};

}  // namespace gitops

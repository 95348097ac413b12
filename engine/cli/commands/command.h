// Commands: what each name on the command line does. They ask Services for what they need, show the
// result on the Screen and return an exit code; they know nothing of argv, files or locks.
#pragma once

#include <stop_token>

#include "engine/base/result.h"
#include "engine/cli/arguments.h"
#include "engine/cli/screen.h"
#include "engine/cli/services.h"

namespace gitops {

struct Invocation {
  const Arguments& arguments;
  Screen& screen;
  Services& services;
  std::stop_token stop;
};

/// Carries out the command of `invocation.arguments` and shows errors. Returns the exit code.
/// REQUIRES: checked arguments.
int RunCommand(Invocation& invocation);

/// The exit code of a usage error that only shows while the command runs; says it.
int RefuseUse(Invocation& invocation, const std::string& message);

// The commands by themselves, for RunCommand. Errors are shown by it.
Result<int> RunReconcile(Invocation& invocation);
Result<int> RunRollback(Invocation& invocation);
Result<int> RunCancel(Invocation& invocation);
Result<int> RunUp(Invocation& invocation);
Result<int> RunDown(Invocation& invocation);
Result<int> RunServe(Invocation& invocation);
Result<int> RunDiff(Invocation& invocation);
Result<int> RunSuspend(Invocation& invocation);
Result<int> RunResume(Invocation& invocation);
Result<int> ShowStatus(Invocation& invocation);
Result<int> RunDrift(Invocation& invocation);
Result<int> RunExplain(Invocation& invocation);
Result<int> RunHistory(Invocation& invocation);
Result<int> RunLogs(Invocation& invocation);
Result<int> RunEvents(Invocation& invocation);
Result<int> RunExec(Invocation& invocation);
Result<int> RunManifestCommand(Invocation& invocation);
Result<int> RunValidate(Invocation& invocation);
Result<int> RunInit(Invocation& invocation);
Result<int> RunPatterns(Invocation& invocation);
Result<int> RunDoctor(Invocation& invocation);
Result<int> RunBackup(Invocation& invocation);
Result<int> RunRestore(Invocation& invocation);
Result<int> RunToken(Invocation& invocation);
Result<int> RunAudit(Invocation& invocation);
Result<int> RunWebhook(Invocation& invocation);
Result<int> RunCompletion(Invocation& invocation);
Result<int> RunVersion(Invocation& invocation);

}  // namespace gitops

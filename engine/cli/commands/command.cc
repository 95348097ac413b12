#include "engine/cli/commands/command.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/cli/usage.h"

namespace gitops {
namespace {

struct Entry {
  std::string_view name;
  Result<int> (*run)(Invocation&);
};

constexpr std::array<Entry, 28> kEntries{{
    {"reconcile", RunReconcile}, {"rollback", RunRollback},   {"suspend", RunSuspend},
    {"resume", RunResume},       {"cancel", RunCancel},       {"up", RunUp},
    {"down", RunDown},           {"serve", RunServe},         {"status", ShowStatus},
    {"diff", RunDiff},           {"drift", RunDrift},         {"explain", RunExplain},
    {"history", RunHistory},     {"logs", RunLogs},           {"events", RunEvents},
    {"exec", RunExec},           {"run", RunManifestCommand}, {"validate", RunValidate},
    {"init", RunInit},           {"patterns", RunPatterns},   {"doctor", RunDoctor},
    {"backup", RunBackup},       {"restore", RunRestore},     {"token", RunToken},
    {"audit", RunAudit},         {"webhook", RunWebhook},     {"completion", RunCompletion},
    {"version", RunVersion},
}};

Error NotInThisVersion(const CommandSpec& command) {
  return MakeError(ErrorKind::kInvalid, "not in this version",
                   "\"" + std::string(command.name) + "\" comes with a later version",
                   std::string(command.example));
}

}  // namespace

int RefuseUse(Invocation& invocation, const std::string& message) {
  const std::string text = UsageErrorText({message, invocation.arguments.command});
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    invocation.screen.Say(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
  }
  return kExitUsage;
}

int RunCommand(Invocation& invocation) {
  CHECK(invocation.arguments.command != nullptr);
  const CommandSpec& command = *invocation.arguments.command;
  if (command.audience == CommandAudience::kLater) {
    invocation.screen.Failure(NotInThisVersion(command));
    return kExitFailed;
  }
  const auto* entry = std::find_if(kEntries.begin(), kEntries.end(),
                                   [&](const Entry& each) { return each.name == command.name; });
  CHECK(entry != kEntries.end());
  const Result<int> code = entry->run(invocation);
  if (code) return *code;
  invocation.screen.Failure(code.error());
  return code.error().kind == ErrorKind::kCancelled ? kExitInterrupted : kExitFailed;
}

}  // namespace gitops

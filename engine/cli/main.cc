// The program: reads what it was started with, puts the pieces together, carries out one command.
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/cli/arguments.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/composition.h"
#include "engine/cli/host_environment.h"
#include "engine/cli/interrupt.h"
#include "engine/cli/output_stream.h"
#include "engine/cli/screen.h"
#include "engine/cli/usage.h"
#include "engine/cli/version.h"
#include "engine/os/warden.h"
#include "sources/fetch_child.h"

namespace gitops {
namespace {

/// Commands with something to put in order when they are interrupted; the others just end.
Interrupt::Reaction ReactionOf(const CommandSpec* command) {
  if (command != nullptr && command->name == "serve") return Interrupt::Reaction::kServe;
  constexpr std::array<std::string_view, 11> kOrderly{"reconcile", "rollback", "up",   "down",
                                                      "suspend",   "resume",   "logs", "backup",
                                                      "restore",   "doctor",   "drift"};
  const bool orderly = command != nullptr &&
                       std::find(kOrderly.begin(), kOrderly.end(), command->name) != kOrderly.end();
  return orderly ? Interrupt::Reaction::kStop : Interrupt::Reaction::kLeave;
}

/// Commands that run what app writers wrote.
bool RunsHooks(const CommandSpec* command) {
  constexpr std::array<std::string_view, 5> kNames{"reconcile", "rollback", "up", "down", "serve"};
  return command != nullptr &&
         std::find(kNames.begin(), kNames.end(), command->name) != kNames.end();
}

/// Hands the output on; a result nobody got is a failure.
int Finish(Screen& screen, int exit_code) {
  const Status written = screen.Flush();
  if (written) return exit_code;
  screen.Say("error: " + written.error().ToString());
  return kExitFailed;
}

int RunProgram(const std::vector<std::string>& words) {
  const ParseOutcome parsed = ParseArguments(words);
  FileStream out(STDOUT_FILENO, "standard output");
  FileStream error(STDERR_FILENO, "standard error");
  if (const auto* misuse = std::get_if<UsageError>(&parsed)) {
    error.Write(UsageErrorText(*misuse));
    (void)error.Flush();
    return kExitUsage;
  }
  const Arguments& arguments = std::get<Arguments>(parsed);
  // One thread, and signals that end it: it may be a nursery, which forks.
  const bool fetches = arguments.command != nullptr && arguments.command->name == kFetchCommand;
  if (fetches && !arguments.help) return RunFetchChild(STDIN_FILENO, STDOUT_FILENO);
  // First of all: it is forked from this process, and does so best while there is little of it.
  std::unique_ptr<Warden> warden;
  if (RunsHooks(arguments.command) && !arguments.help) {
    // Hooks of the same user do not read the memory and the environment of this process, its warden
    // and its guards, or trace them.
    prctl(PR_SET_DUMPABLE, 0);
    auto started = Warden::Start();
    if (!started) {
      error.Write("error: " + started.error().ToString() + "\n");
      (void)error.Flush();
      return kExitFailed;
    }
    warden = *std::move(started);
  }
  const Interrupt interrupt(ReactionOf(arguments.command));
  const HostEnvironment host = ReadHostEnvironment();
  WorkCounters counters;
  Screen screen(out, error, counters, MakeScreenOptions(host, arguments));
  if (arguments.help || arguments.version) {
    screen.Text(arguments.help ? HelpText(arguments.command) : VersionText());
    return Finish(screen, kExitDone);
  }
  int exit_code = kExitDone;
  {
    Composition composition(host, arguments, screen, counters, warden.get(),
                            [&] { return interrupt.reloads_asked(); });
    Invocation invocation{arguments, screen, composition, interrupt.token()};
    exit_code = RunCommand(invocation);
  }
  return Finish(screen, exit_code);
}

}  // namespace
}  // namespace gitops

int main(int argc, char** argv) {
  gitops::PrepareProcess();
  try {
    return gitops::RunProgram(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& exception) {
    // Out of memory and the like: exceptions of libraries stop where they are used.
    std::fprintf(stderr, "internal error: %s; this is a bug, please report it\n", exception.what());
    return gitops::kExitFailed;
  }
}

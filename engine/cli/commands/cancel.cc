// cancel: interrupts the run of an app that a daemon is at.
#include "engine/cli/commands/command.h"
#include "engine/model/run.h"

namespace gitops {
namespace {

std::string NumberText(RunId run) { return "run " + std::to_string(run); }

/// The run of the app that is under way; with `wanted` only that one.
Result<RunId> RunUnderWay(const HistoryReport& history, RunId wanted) {
  const std::string app = history.app.ToString();
  const std::string hint = "see its runs: tfgrid-compose history " + app;
  for (const Run& run : history.runs) {
    if (run.status == RunStatus::kRunning && (wanted == 0 || run.id == wanted)) return run.id;
    if (run.id == wanted) {
      return MakeError(
          ErrorKind::kConflict, "the run is over",
          NumberText(run.id) + " of \"" + app + "\" " + std::string(ToString(run.status)), hint);
    }
  }
  if (wanted != 0) {
    return MakeError(ErrorKind::kNotFound, "no such run",
                     "\"" + app + "\" has no " + NumberText(wanted), hint);
  }
  return MakeError(ErrorKind::kNotFound, "no run is under way",
                   "nothing is being done to \"" + app + "\"", hint);
}

}  // namespace

Result<int> RunCancel(Invocation& invocation) {
  Services& services = invocation.services;
  ASSIGN_OR_RETURN(Engine * engine, services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const HistoryReport history, engine->History(invocation.arguments.First()));
  ASSIGN_OR_RETURN(const RunId run, RunUnderWay(history, invocation.arguments.run));
  RETURN_IF_ERROR(services.CancelRun(run));
  const std::string app = history.app.ToString();
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(NumberText(run) + " of " + app +
                " is being cancelled; the app is suspended until: " + "tfgrid-compose resume " +
                app + "\n");
  } else {
    screen.Document([&](DocumentWriter& writer) {
      writer.Member("id", app);
      writer.Member("run", std::int64_t{run});
      writer.Member("state", "cancelling");
    });
  }
  return kExitDone;
}

}  // namespace gitops

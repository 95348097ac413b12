// Commands that plan and apply: reconcile, rollback, up, down; and diff, which only plans.
#include <algorithm>

#include "engine/cli/commands/command.h"
#include "engine/model/documents.h"

namespace gitops {
namespace {

void Show(Screen& screen, const ReconcileReport& report) {
  if (!screen.IsText()) {
    screen.Document([&](DocumentWriter& writer) { WriteReconcileReport(writer, report); });
    return;
  }
  RenderReport(report, screen.render(), [&](std::string_view text) { screen.Text(text); });
  screen.Stats();
}

/// Says what an interrupted pass left undone, and how to go on.
void SayWhatIsLeft(Screen& screen, const ReconcileReport& report) {
  for (const AppReport& app : report.apps) {
    const auto unfinished =
        std::find_if(app.actions.begin(), app.actions.end(), [](const ActionReport& action) {
          return action.status == ActionStatus::kRunning ||
                 action.status == ActionStatus::kUnknown || action.status == ActionStatus::kPending;
        });
    if (unfinished == app.actions.end()) continue;
    screen.Say(app.app.ToString() + " stopped at " + unfinished->address.ToString() +
               (app.run == 0 ? "" : " of run " + std::to_string(app.run)));
  }
  screen.Say(
      "interrupted; nothing is lost: tfgrid-compose reconcile goes on, tfgrid-compose status shows "
      "where things are");
}

int Finish(Invocation& invocation, const ReconcileReport& report) {
  Show(invocation.screen, report);
  if (invocation.stop.stop_requested()) {
    SayWhatIsLeft(invocation.screen, report);
    return kExitInterrupted;
  }
  if (report.HasFailures()) return kExitFailed;
  const bool pending = report.HasPendingChanges();
  return invocation.arguments.detailed_exitcode && pending ? kExitChangesPending : kExitDone;
}

/// Dry runs fetch into the mirrors: they need the lock like any pass.
Result<Engine*> OpenForPass(Invocation& invocation) {
  const bool dry_run = invocation.arguments.dry_run;
  return invocation.services.OpenEngine(dry_run ? Access::kDryRun : Access::kWrite);
}

std::string Steps(const ReconcileReport& report) {
  std::string text;
  for (const AppReport& app : report.apps) {
    for (const ActionReport& action : app.actions) {
      text += (text.empty() ? "" : ", ") + action.address.ToString();
    }
  }
  return text.empty() ? "nothing that is recorded" : text;
}

}  // namespace

Result<int> RunReconcile(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ASSIGN_OR_RETURN(Engine * engine, OpenForPass(invocation));
  ReconcileRequest request;
  request.apps = arguments.positionals;
  request.source = arguments.source;
  request.environment = arguments.environment;
  request.dry_run = arguments.dry_run;
  request.prune = arguments.prune;
  request.full = arguments.full;
  request.list_all = !invocation.screen.IsText();
  if (request.dry_run && invocation.screen.IsText()) {
    request.view = [&options = invocation.screen.render()](const AppReport& app) {
      return RenderApp(app, options);
    };
  }
  ASSIGN_OR_RETURN(const ReconcileReport report, engine->Reconcile(request, invocation.stop));
  if (report.sources.empty() && report.apps.empty() && request.apps.empty()) {
    invocation.screen.Say(
        "no sources: name a Git repository in reconciler.yaml, or bring an app up from a "
        "directory: "
        "tfgrid-compose up PATH");
  }
  return Finish(invocation, report);
}

Result<int> RunRollback(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kAdjust));
  RollbackRequest request;
  request.app = arguments.First();
  request.to = arguments.to;
  request.dry_run = arguments.dry_run;
  request.revert = arguments.revert;
  ASSIGN_OR_RETURN(const ReconcileReport report, engine->Rollback(request, invocation.stop));
  return Finish(invocation, report);
}

Result<int> RunUp(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  UpRequest request;
  const std::string given = arguments.First();
  const std::string base = invocation.services.working_directory();
  request.path = given.empty() || given == "." ? base
                 : given.front() == '/'        ? given
                                               : base + "/" + given;
  request.environment = arguments.environment;
  request.dry_run = arguments.dry_run;
  RETURN_IF_ERROR(invocation.services.CheckAppDirectory(request.path));
  ASSIGN_OR_RETURN(Engine * engine, OpenForPass(invocation));
  ASSIGN_OR_RETURN(const ReconcileReport report, engine->Up(request, invocation.stop));
  return Finish(invocation, report);
}

Result<int> RunDown(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kAdjust));
  if (arguments.dry_run || !arguments.yes) {
    ASSIGN_OR_RETURN(const ReconcileReport plan,
                     engine->Down(arguments.First(), true, invocation.stop));
    if (arguments.dry_run) return Finish(invocation, plan);
    const std::string name =
        plan.apps.empty() ? arguments.First() : plan.apps.front().app.ToString();
    const auto confirmed = invocation.services.Confirm(
        "Remove " + name + " and all its data (" + Steps(plan) + ")?", invocation.stop);
    if (!confirmed) {
      return RefuseUse(invocation, "down removes " + name + " and all its data (" + Steps(plan) +
                                       "); there is no terminal to ask on: add --yes");
    }
    if (invocation.stop.stop_requested()) return kExitInterrupted;
    if (!*confirmed) {
      invocation.screen.Say("nothing was removed");
      return kExitFailed;
    }
  }
  ASSIGN_OR_RETURN(const ReconcileReport report,
                   engine->Down(arguments.First(), false, invocation.stop));
  return Finish(invocation, report);
}

Result<int> RunDiff(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const ReconcileReport report, engine->Diff(invocation.arguments.First()));
  return Finish(invocation, report);
}

}  // namespace gitops

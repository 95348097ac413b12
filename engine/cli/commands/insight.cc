// Commands that look at apps, steer them, or run something on their hosts.
#include "differ/render_drift.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/views/events_text.h"
#include "engine/cli/views/texts.h"
#include "engine/model/delivery_documents.h"
#include "engine/model/documents.h"
#include "engine/model/drift_documents.h"
#include "engine/store/event_deliveries.h"

namespace gitops {
namespace {

/// One app as `status APP` shows it, in documents as a list of one.
void ShowApp(Invocation& invocation, const AppStatus& status) {
  Screen& screen = invocation.screen;
  if (!screen.IsText()) {
    StatusReport report;
    report.apps.push_back(status);
    screen.Document([&](DocumentWriter& writer) { WriteStatusReport(writer, report); });
    return;
  }
  screen.Text(AppStatusText(status, invocation.services.clock().Now(), screen.render()));
}

}  // namespace

Result<int> ShowStatus(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  const std::string app = invocation.arguments.First();
  Screen& screen = invocation.screen;
  const bool table = app.empty() && screen.IsText();  // It shows no snapshots.
  ASSIGN_OR_RETURN(const StatusReport report, table ? engine->Overview() : engine->GetStatus(app));
  if (!screen.IsText()) {
    screen.Document([&](DocumentWriter& writer) { WriteStatusReport(writer, report); });
    return kExitDone;
  }
  if (!app.empty() && report.apps.size() == 1) {
    ShowApp(invocation, report.apps.front());
  } else {
    screen.Text(StatusText(report, screen.render()));
  }
  screen.Stats();
  return kExitDone;
}

Result<int> RunDrift(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const DriftReport report,
                   engine->Drift({arguments.positionals, arguments.source, arguments.environment},
                                 invocation.stop));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(RenderDrift(report, !arguments.positionals.empty(), screen.render()));
    screen.Stats();
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteDriftReport(writer, report); });
  }
  return arguments.detailed_exitcode && report.HasDrift() ? kExitChangesPending : kExitDone;
}

Result<int> RunExplain(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const ExplainReport report, engine->Explain(invocation.arguments.First()));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(RenderExplain(report, screen.render()));
    screen.Stats();
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteExplainReport(writer, report); });
  }
  return kExitDone;
}

Result<int> RunHistory(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const HistoryReport report, engine->History(invocation.arguments.First()));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(HistoryText(report, invocation.services.clock().Now(), screen.render()));
    screen.Stats();
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteHistoryReport(writer, report); });
  }
  return kExitDone;
}

Result<int> RunEvents(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const std::vector<Event> events,
                   engine->Events(invocation.arguments.First(), invocation.arguments.limit));
  DeliveriesOfEvents deliveries;
  if (DeliveryStore* const store = invocation.services.deliveries(); store != nullptr) {
    ASSIGN_OR_RETURN(deliveries, FindDeliveries(*store, events));
  }
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(EventsText(events, deliveries, screen.render()));
    screen.Stats();
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteEvents(writer, events, deliveries); });
  }
  return kExitDone;
}

Result<int> RunSuspend(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kAdjust));
  ASSIGN_OR_RETURN(const AppStatus status,
                   engine->Suspend(invocation.arguments.First(), invocation.arguments.reason));
  ShowApp(invocation, status);
  return kExitDone;
}

Result<int> RunResume(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kAdjust));
  ASSIGN_OR_RETURN(const AppStatus status, engine->Resume(invocation.arguments.First()));
  ShowApp(invocation, status);
  return kExitDone;
}

Result<int> RunExec(Invocation& invocation) {
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  return engine->Exec(invocation.arguments.First(), invocation.arguments.rest);
}

Result<int> RunManifestCommand(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  return engine->RunCommand(arguments.First(), arguments.positionals.at(1), arguments.rest);
}

}  // namespace gitops

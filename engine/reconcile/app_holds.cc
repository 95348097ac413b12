#include "engine/reconcile/app_holds.h"

#include <functional>
#include <utility>

namespace gitops {
namespace {

Status ChangeHold(const EngineParts& parts, const AppId& app, std::string type, std::string message,
                  const std::function<void(AppRecord&)>& change) {
  Event event;
  event.time = parts.clock.Now();
  event.type = std::move(type);
  event.app = app;
  event.message = std::move(message);
  ASSIGN_OR_RETURN(const auto changed, parts.store.UpdateApps({app}, change, {event}));
  if (!changed.empty()) return {};
  return MakeError(ErrorKind::kNotFound, "no such app", "no app " + app.ToString() + " is recorded",
                   "list them: tfgrid-compose status");
}

}  // namespace

Status SuspendApp(const EngineParts& parts, const AppId& app, const std::string& reason,
                  const std::string& by) {
  const Suspension suspension{reason, by, parts.clock.Now()};
  return ChangeHold(parts, app, "app.suspended", "by " + by + ": " + reason,
                    [&](AppRecord& record) { record.suspension = suspension; });
}

Status ResumeApp(const EngineParts& parts, const AppId& app, const std::string& by) {
  ASSIGN_OR_RETURN(const auto held, parts.store.LoadApp(app));
  std::string lifted;
  if (held) {
    if (held->suspension) lifted += " suspension";
    if (!held->rejected.empty()) lifted += " rejection";
    if (held->pinned_snapshot > 0) lifted += " pin";
    if (held->retry) lifted += " hold";
  }
  return ChangeHold(parts, app, "app.resumed", "by " + by + (lifted.empty() ? "" : ":" + lifted),
                    [&](AppRecord& record) {
                      record.suspension.reset();
                      record.rejected.clear();
                      record.pinned_snapshot = 0;
                      record.retry.reset();
                      record.owed_rollback = 0;
                      record.dirty = true;
                      record.reason = lifted.empty() ? "nothing held it back" : "lifted:" + lifted;
                    });
}

}  // namespace gitops

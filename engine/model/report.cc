#include "engine/model/report.h"

#include <algorithm>

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCreate:
      return "create";
    case Verdict::kUpdate:
      return "update";
    case Verdict::kUnchanged:
      return "unchanged";
    case Verdict::kDelete:
      return "delete";
    case Verdict::kOrphaned:
      return "orphaned";
    case Verdict::kBlocked:
      return "blocked";
    case Verdict::kInvalid:
      return "invalid";
  }
  CHECK(false);
}

ReconcileReport::Summary ReconcileReport::Summarise() const {
  Summary summary;
  summary.unchanged = unchanged;
  for (const AppReport& app : apps) {
    switch (app.verdict) {
      case Verdict::kCreate:
        ++summary.create;
        break;
      case Verdict::kUpdate:
        ++summary.update;
        break;
      case Verdict::kDelete:
        ++summary.removed;
        break;
      case Verdict::kBlocked:
        ++summary.blocked;
        break;
      case Verdict::kInvalid:
        ++summary.invalid;
        break;
      case Verdict::kOrphaned:
        ++summary.orphaned;
        break;
      case Verdict::kUnchanged:
        break;  // Counted by `unchanged`, listed or not.
    }
    summary.actions += app.CountOfActions();
    if (app.failed) ++summary.failed;
  }
  return summary;
}

bool ReconcileReport::HasFailures() const {
  return HasErrors(diagnostics) ||
         std::any_of(sources.begin(), sources.end(),
                     [](const SourceReport& source) { return source.error.has_value(); }) ||
         std::any_of(apps.begin(), apps.end(), [](const AppReport& app) {
           return app.failed || app.verdict == Verdict::kInvalid ||
                  app.health == Health::kDegraded || HasErrors(app.diagnostics);
         });
}

bool ReconcileReport::HasPendingChanges() const {
  return std::any_of(apps.begin(), apps.end(), [](const AppReport& app) {
    if (app.view != nullptr) return app.view->actions > 0;  // Planned, and not to be carried out.
    return std::any_of(app.actions.begin(), app.actions.end(), [](const ActionReport& action) {
      return action.status == ActionStatus::kPending;
    });
  });
}

}  // namespace gitops

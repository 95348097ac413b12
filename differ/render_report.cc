#include <chrono>

#include "differ/describe.h"
#include "differ/render_parts.h"
#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"

namespace gitops {
namespace {

/// What became of the apps of a pass, for the line of counts.
struct Tally {
  std::size_t created = 0, updated = 0, removed = 0, rolled_back = 0;
  std::size_t failed = 0;
  std::size_t recovered = 0;  ///< Failed, and brought back to a healthy snapshot.
  std::size_t waiting = 0;    ///< Planned and not carried out: by policy.
  std::size_t actions = 0;    ///< Carried out.
  std::size_t skipped = 0;    ///< Guarded, and not needed.
  std::chrono::milliseconds duration{0};
};

void AddActions(const AppReport& app, Tally& tally) {
  for (const ActionReport& action : app.actions) {
    if (action.status == ActionStatus::kSkipped) ++tally.skipped;
    if (action.status == ActionStatus::kSkipped || action.status == ActionStatus::kPending)
      continue;
    ++tally.actions;
    if (action.duration) tally.duration += *action.duration;
  }
}

Tally TallyOf(const ReconcileReport& report) {
  Tally tally;
  for (const AppReport& app : report.apps) {
    AddActions(app, tally);
    if (app.failed) {
      ++(app.rolled_back ? tally.recovered : tally.failed);
    } else if (app.run == 0) {
      if (!app.actions.empty() && app.verdict != Verdict::kBlocked) ++tally.waiting;
    } else if (app.plan_kind == PlanKind::kRollback) {
      ++tally.rolled_back;
    } else if (app.verdict == Verdict::kCreate) {
      ++tally.created;
    } else if (app.verdict == Verdict::kDelete) {
      ++tally.removed;
    } else {
      ++tally.updated;
    }
  }
  return tally;
}

std::string Number(std::size_t count, std::string_view what) {
  return count == 0 ? "" : std::to_string(count) + " " + std::string(what);
}

/// "3 blocked, 1 invalid, 997 unchanged": what both kinds of summary end with.
std::string Rest(const ReconcileReport& report) {
  const ReconcileReport::Summary summary = report.Summarise();
  std::size_t unread = 0;
  for (const SourceReport& source : report.sources) unread += source.error ? 1U : 0U;
  return JoinList({Number(summary.blocked, "blocked"), Number(summary.invalid, "invalid"),
                   Number(summary.orphaned, "orphaned"), Number(summary.unchanged, "unchanged"),
                   unread == 0 ? "" : Counted(unread, "source") + " not read"},
                  ", ");
}

/// The line of counts of a pass that has nothing to apply.
std::string NothingToDo(const ReconcileReport& report) {
  const std::string rest = Rest(report);
  return "Nothing to do" + (rest.empty() ? "" : ": " + rest) + ".";
}

std::string PlanSummary(const ReconcileReport& report) {
  const ReconcileReport::Summary summary = report.Summarise();
  std::size_t rollbacks = 0;
  std::size_t actions = 0;
  std::size_t guarded = 0;
  for (const AppReport& app : report.apps) {
    if (app.verdict == Verdict::kBlocked) continue;  // Shown, and not to be carried out.
    if (app.plan_kind == PlanKind::kRollback && app.verdict == Verdict::kUpdate) ++rollbacks;
    actions += app.CountOfActions();
    guarded += app.view == nullptr ? CountActions(app.actions).guarded : app.view->guarded;
  }
  const std::string apps = JoinList(
      {Number(summary.create, "to create"), Number(summary.update - rollbacks, "to update"),
       Number(rollbacks, "to roll back"), Number(summary.removed, "to delete")},
      ", ");
  if (apps.empty() && actions == 0) return NothingToDo(report);
  std::string counted = Counted(actions, "action");
  if (guarded > 0) counted += " (" + std::to_string(guarded) + " only if needed)";
  return "Plan: " + JoinList({apps, counted, Rest(report)}, "; ") + ".";
}

std::string AppliedSummary(const ReconcileReport& report) {
  const Tally tally = TallyOf(report);
  const std::string apps =
      JoinList({Number(tally.created, "created"), Number(tally.updated, "updated"),
                Number(tally.rolled_back, "rolled back"), Number(tally.removed, "deleted"),
                Number(tally.recovered, "failed and rolled back"), Number(tally.failed, "failed"),
                Number(tally.waiting, "waiting")},
               ", ");
  if (apps.empty()) return NothingToDo(report);
  std::string actions;
  if (tally.actions > 0) {
    actions = Counted(tally.actions, "action") + " in " + FormatDuration(tally.duration);
  }
  if (tally.skipped > 0) {
    actions += (actions.empty() ? "" : ", ") + std::to_string(tally.skipped) + " not needed";
  }
  return "Applied: " + JoinList({apps, actions, Rest(report)}, "; ") + ".";
}

std::string RenderSource(const SourceReport& source, const RenderOptions& options) {
  const Painter painter(options);
  std::string text = painter.Paint(Ink::kBold, "source " + EscapeLine(source.name)) + "  " +
                     EscapeLine(source.url);
  const std::string revision = EscapeLine(source.revision.Short());
  if (!revision.empty()) text += "  " + revision;
  if (source.changed) text += "  " + painter.Paint(Ink::kGreen, "new");
  text += "\n";
  if (source.error) {
    text += RenderDiagnostics(source.error->diagnostics, 2, options);
    text +=
        RenderParagraph(revision.empty() ? "it was never read, so none of its apps is known"
                                         : "its apps stay as they are at the last good revision",
                        2, options, Ink::kDim);
  }
  return text + RenderDiagnostics(source.warnings, 2, options);
}

/// An app about which there is nothing to say but that it is as it should be.
bool IsQuiet(const AppReport& app) {
  return app.verdict == Verdict::kUnchanged && app.actions.empty() && app.diagnostics.empty() &&
         !app.failed && app.log_tail.empty();
}

}  // namespace

std::string RenderSummary(const ReconcileReport& report) {
  return report.dry_run ? PlanSummary(report) : AppliedSummary(report);
}

void RenderReport(const ReconcileReport& report, const RenderOptions& options,
                  const std::function<void(std::string_view)>& write) {
  bool any = false;
  const auto add = [&](std::string_view gap, std::string_view text) {
    if (text.empty()) return;
    if (any) write(gap);
    write(text);
    any = true;
  };
  for (const SourceReport& source : report.sources) {
    const bool has_news = source.changed || source.error || !source.warnings.empty();
    if (has_news || options.verbose) add("", RenderSource(source, options));
  }
  for (const AppReport& app : report.apps) {
    if (IsQuiet(app)) continue;
    add("\n", app.view == nullptr ? RenderApp(app, options) : app.view->text);
  }
  std::string_view gap = "\n";
  for (const AppReport& app : report.apps) {
    if (!IsQuiet(app)) continue;
    add(gap, RenderHeader(app, options));
    gap = "";
  }
  add("\n", RenderDiagnostics(report.diagnostics, 0, options));
  add("\n", Painter(options).Paint(Ink::kBold, RenderSummary(report)) + "\n");
}

std::string RenderReport(const ReconcileReport& report, const RenderOptions& options) {
  std::string text;
  RenderReport(report, options, [&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace gitops

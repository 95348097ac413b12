#include <algorithm>

#include "differ/render_parts.h"
#include "engine/base/check.h"
#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"

namespace gitops {
namespace {

constexpr std::size_t kIndent = 2;

Ink InkOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCreate:
      return Ink::kGreen;
    case Verdict::kUpdate:
      return Ink::kYellow;
    case Verdict::kDelete:
    case Verdict::kInvalid:
      return Ink::kRed;
    case Verdict::kOrphaned:
    case Verdict::kBlocked:
      return Ink::kMagenta;
    case Verdict::kUnchanged:
      return Ink::kDim;
  }
  CHECK(false);
}

/// "update", "updated", "update failed, rolled back", "rollback to snapshot 3", …
std::string VerdictText(const AppReport& app) {
  const bool done = app.run != 0 && !app.failed;
  std::string text(ToString(app.verdict));
  if (app.plan_kind == PlanKind::kRollback) {
    text = done ? "rolled back" : "rollback";
    if (app.to_snapshot > 0) text += " to snapshot " + std::to_string(app.to_snapshot);
  } else if (done && (app.verdict == Verdict::kCreate || app.verdict == Verdict::kUpdate ||
                      app.verdict == Verdict::kDelete)) {
    text += "d";
  }
  if (app.failed) text += app.rolled_back ? " failed, rolled back" : " failed";
  if (app.health == Health::kSuspended) text += ", suspended";
  return text;
}

std::string RevisionText(const AppReport& app, const Painter& painter) {
  const std::string wanted = EscapeLine(app.revision.Short());
  const std::string applied = EscapeLine(app.applied_revision.Short());
  if (app.verdict == Verdict::kDelete || app.verdict == Verdict::kOrphaned) {
    return applied.empty() ? wanted : applied;
  }
  if (app.verdict == Verdict::kUnchanged && !wanted.empty()) return wanted;
  if (applied.empty() || applied == wanted || wanted.empty()) {
    return wanted.empty() ? applied : wanted;
  }
  return applied + std::string(painter.Arrow()) + wanted;
}

std::string RunText(const AppReport& app) {
  if (app.run == 0) return "";
  std::chrono::milliseconds total{0};
  for (const ActionReport& action : app.actions) {
    if (action.duration) total += *action.duration;
  }
  std::vector<std::string> parts = {"run " + std::to_string(app.run)};
  if (app.snapshot > 0) parts.push_back("snapshot " + std::to_string(app.snapshot));
  if (total.count() > 0) parts.push_back(FormatDuration(total));
  return JoinList(parts, ", ");
}

/// True when some message says already how to go on.
bool HasHint(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return !diagnostic.hint.empty(); });
}

/// What a person can do now: text and command, one line each.
std::vector<std::string> NextSteps(const AppReport& app) {
  const std::string name = app.app.ToString();
  if (app.failed) {
    std::vector<std::string> steps = {"the whole log: tfgrid-compose logs " + name +
                                      (app.run > 0 ? " --run " + std::to_string(app.run) : "")};
    if (HasHint(app.diagnostics)) return steps;
    if (app.plan_kind == PlanKind::kDelete) {
      steps.push_back("try again: tfgrid-compose down " + name);
    } else if (app.rolled_back) {
      steps.push_back("push a fix; to try the same revision again: tfgrid-compose resume " + name);
    } else {
      steps.push_back("push a fix; to try again as it is: tfgrid-compose resume " + name);
    }
    return steps;
  }
  if (HasHint(app.diagnostics)) return {};
  if (app.health == Health::kSuspended) return {"go on with it: tfgrid-compose resume " + name};
  switch (app.verdict) {
    case Verdict::kOrphaned:
      return {"delete it: tfgrid-compose reconcile " + name + " --prune",
              "keep it: put its manifest back"};
    case Verdict::kBlocked:
      return {"see why: tfgrid-compose explain " + name};
    case Verdict::kInvalid:
      return {"fix what is reported and push; the last good state stays in force until then"};
    default:
      return {};
  }
}

const ActionReport* FailedAction(const AppReport& app) {
  const auto found =
      std::find_if(app.actions.begin(), app.actions.end(), [](const ActionReport& action) {
        return action.status == ActionStatus::kFailed || action.status == ActionStatus::kUnknown;
      });
  return found == app.actions.end() ? nullptr : &*found;
}

std::string RenderLogTail(const AppReport& app, const RenderOptions& options) {
  if (app.log_tail.empty()) return "";
  const Painter painter(options);
  const ActionReport* failed = FailedAction(app);
  std::string text = std::string(kIndent, ' ') + "last lines of " +
                     (failed == nullptr ? "its log" : EscapeLine(failed->address.ToString())) +
                     ":\n";
  for (const std::string& line : app.log_tail) {
    text += std::string(kIndent + 2, ' ') + painter.Paint(Ink::kDim, painter.LogMark()) +
            EscapeLine(line) + "\n";
  }
  return text;
}

}  // namespace

std::string RenderHeader(const AppReport& app, const RenderOptions& options) {
  const Painter painter(options);
  const Ink ink = app.failed ? Ink::kRed : InkOf(app.verdict);
  const bool inline_reason = app.verdict == Verdict::kUnchanged && !app.reason.empty();
  std::string line;
  const auto add = [&](Ink of, std::string_view text) {
    if (text.empty()) return;
    if (!line.empty()) line += "  ";
    painter.Add(of, text, 0, line);
  };
  add(Ink::kBold, EscapeLine(app.app.ToString()));
  add(ink, VerdictText(app));
  add(Ink::kPlain, RevisionText(app, painter));
  add(Ink::kDim, RunText(app));
  if (inline_reason) add(Ink::kDim, EscapeLine(app.reason));
  line += '\n';
  if (inline_reason || app.reason.empty()) return line;
  return line + RenderParagraph(app.reason, kIndent, options, Ink::kDim);
}

std::string RenderApp(const AppReport& app, const RenderOptions& options) {
  const Painter painter(options);
  std::string text = RenderHeader(app, options);
  std::vector<StepRow> rows;
  rows.reserve(app.actions.size());
  for (const ActionReport& action : app.actions) {
    rows.push_back(RowOf(action, app.run != 0, options));
  }
  text += RenderRows(rows, options);
  if (app.plan_kind == PlanKind::kRollback && !app.actions.empty()) {
    text +=
        RenderParagraph("note: configuration and secrets from outside Git keep the values of today",
                        kIndent, options, Ink::kDim);
  }
  text += RenderDiagnostics(app.diagnostics, kIndent, options);
  text += RenderLogTail(app, options);
  for (const std::string& step : NextSteps(app)) {
    text += RenderParagraph("next: " + step, kIndent, options, Ink::kCyan);
  }
  return text;
}

}  // namespace gitops

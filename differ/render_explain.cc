#include <set>

#include "differ/render_parts.h"
#include "engine/base/redactor.h"

namespace gitops {
namespace {

/// What `explain` says of a step that nothing is planned for.
StepRow RestingRow(const StepDiff& step) {
  StepRow row;
  row.sign = "=";
  row.ink = Ink::kDim;
  row.address = EscapeLine(step.address.ToString());
  row.verb = "no";
  row.why = EscapeLine(step.reason.text);
  if (step.verdict == StepVerdict::kRemoved) {
    row.why = "nothing to undo, its record goes with the app";
  } else if (step.verdict != StepVerdict::kUnchanged) {
    // Held back by policy although it differs: the fields are what one looks for.
    row.sign = "!";
    row.ink = Ink::kYellow;
    row.verb = "held";
    row.changes = &step.changes;
  }
  return row;
}

/// What would run, in that order, then what would not.
std::vector<StepRow> ExplainRows(const ExplainReport& report, const RenderOptions& options) {
  std::vector<StepRow> rows;
  std::set<StepAddress> planned;
  for (const ActionReport& action : report.app.actions) {
    planned.insert(action.address);
    rows.push_back(RowOf(action, false, options));
  }
  for (const StepDiff& step : report.steps) {
    if (!planned.contains(step.address)) rows.push_back(RestingRow(step));
  }
  return rows;
}

}  // namespace

std::string RenderExplain(const ExplainReport& report, const RenderOptions& options) {
  const Painter painter(options);
  std::string text = RenderHeader(report.app, options);
  text += std::string(2, ' ') +
          painter.Paint(Ink::kDim, std::string(ToString(report.app.sync)) + ", " +
                                       std::string(ToString(report.app.health))) +
          "\n\n";
  text += RenderRows(ExplainRows(report, options), options);
  if (!report.inputs_from.empty()) {
    text += "\n  where values come from:\n";
    for (const std::string& line : report.inputs_from) {
      text += RenderParagraph(EscapeLine(line), 4, options);
    }
  }
  if (!report.app.diagnostics.empty()) {
    text += "\n" + RenderDiagnostics(report.app.diagnostics, 2, options);
  }
  return text;
}

}  // namespace gitops

#include "differ/render_drift.h"

#include <vector>

#include "differ/render_parts.h"
#include "engine/base/redactor.h"

namespace gitops {
namespace {

std::string_view SignOf(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kInSync:
      return "=";
    case DriftVerdict::kDrifted:
      return "~";
    case DriftVerdict::kMissing:
      return "-";
    case DriftVerdict::kUnknown:
      break;
  }
  return "?";
}

Ink InkOf(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kInSync:
      return Ink::kGreen;
    case DriftVerdict::kDrifted:
      return Ink::kYellow;
    case DriftVerdict::kMissing:
      return Ink::kRed;
    case DriftVerdict::kUnknown:
      break;
  }
  return Ink::kDim;
}

std::string_view WordOf(DriftVerdict verdict) {
  return verdict == DriftVerdict::kInSync ? "in sync" : ToString(verdict);
}

std::string RenderOne(const AppDrift& app, bool named, const RenderOptions& options) {
  const Painter painter(options);
  std::string text = painter.Paint(Ink::kBold, EscapeLine(app.app.ToString())) + "  " +
                     painter.Paint(InkOf(app.verdict), WordOf(app.verdict)) + "\n";
  if (!app.reason.empty()) text += RenderParagraph(app.reason, 2, options);
  std::vector<StepRow> rows;
  for (const StepDrift& step : app.steps) {
    if (!named && !HasDrifted(step.verdict)) continue;
    StepRow row;
    row.sign = SignOf(step.verdict);
    row.ink = InkOf(step.verdict);
    row.address = EscapeLine(step.address.ToString());
    row.verb = WordOf(step.verdict);
    row.why = EscapeLine(step.detail);
    rows.push_back(std::move(row));
  }
  if (!rows.empty()) text += RenderRows(rows, options);
  if (HasDrifted(app.verdict)) {
    text += RenderParagraph("to put it back: tfgrid-compose reconcile " + app.app.ToString(), 2,
                            options, Ink::kDim);
  }
  return text + "\n";
}

}  // namespace

std::string RenderDrift(const DriftReport& report, bool named, const RenderOptions& options) {
  std::string text;
  for (const AppDrift& app : report.apps) {
    if (named || HasDrifted(app.verdict) || !app.reason.empty()) {
      text += RenderOne(app, named, options);
    }
  }
  const DriftReport::Summary summary = report.Summarise();
  std::vector<std::string> counts;
  const auto count = [&counts](std::size_t number, DriftVerdict verdict) {
    if (number > 0) counts.push_back(std::to_string(number) + " " + std::string(WordOf(verdict)));
  };
  count(summary.drifted, DriftVerdict::kDrifted);
  count(summary.missing, DriftVerdict::kMissing);
  count(summary.in_sync, DriftVerdict::kInSync);
  count(summary.unknown, DriftVerdict::kUnknown);
  if (counts.empty()) return text + "Drift: nothing has been applied.\n";
  return text + "Drift: " + JoinList(counts, ", ") + ".\n";
}

}  // namespace gitops

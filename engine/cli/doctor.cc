#include "engine/cli/doctor.h"

#include <algorithm>

#include "differ/paint.h"
#include "differ/text_layout.h"
#include "engine/base/redactor.h"

namespace gitops {

bool DoctorReport::HasFailures() const {
  return std::any_of(checks.begin(), checks.end(),
                     [](const DoctorCheck& check) { return check.outcome == CheckOutcome::kBad; });
}

std::string_view ToString(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kGood:
      return "ok";
    case CheckOutcome::kWarning:
      return "warning";
    case CheckOutcome::kBad:
      break;
  }
  return "failed";
}

std::string DoctorText(const DoctorReport& report, const RenderOptions& options) {
  std::size_t widest = 0;
  for (const DoctorCheck& check : report.checks) {
    widest = std::max(widest, DisplayWidth(check.name));
  }
  std::string text;
  std::size_t bad = 0;
  std::size_t warnings = 0;
  for (const DoctorCheck& check : report.checks) {
    Ink ink = Ink::kGreen;
    if (check.outcome == CheckOutcome::kWarning) ink = Ink::kYellow, ++warnings;
    if (check.outcome == CheckOutcome::kBad) ink = Ink::kRed, ++bad;
    std::string outcome(ToString(check.outcome));
    outcome.resize(7, ' ');
    text += Painter(options).Paint(ink, outcome) + "  " + EscapeLine(check.name) +
            std::string(widest - DisplayWidth(check.name) + 2, ' ') + EscapeLine(check.detail) +
            "\n";
    if (!check.hint.empty()) {
      text += std::string(7 + 2 + widest + 2, ' ') + "fix: " + EscapeLine(check.hint) + "\n";
    }
  }
  text += "\n" + std::to_string(report.checks.size()) + " checks, " + std::to_string(warnings) +
          (warnings == 1 ? " warning, " : " warnings, ") + std::to_string(bad) + " failed.\n";
  return text;
}

void WriteDoctorReport(DocumentWriter& writer, const DoctorReport& report) {
  writer.Member("healthy", !report.HasFailures());
  writer.Key("checks");
  writer.BeginList();
  for (const DoctorCheck& check : report.checks) {
    writer.BeginObject();
    writer.Member("name", check.name);
    writer.Member("outcome", ToString(check.outcome));
    writer.TextOrNull("detail", check.detail);
    writer.TextOrNull("hint", check.hint);
    writer.EndObject();
  }
  writer.EndList();
}

}  // namespace gitops

#include "engine/base/diagnostic.h"

namespace gitops {

std::string Location::ToString() const {
  std::string text = file;
  if (line > 0) text += (text.empty() ? "line " : ":") + std::to_string(line);
  if (line > 0 && column > 0) text += ":" + std::to_string(column);
  return text;
}

std::string Diagnostic::ToString() const {
  std::string text = location.ToString();
  if (!text.empty()) text += ": ";
  text += summary;
  if (!subject.empty()) text += " [" + subject + "]";
  if (!detail.empty()) text += ": " + detail;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

bool HasErrors(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) return true;
  }
  return false;
}

}  // namespace gitops

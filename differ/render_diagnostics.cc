#include "differ/render_parts.h"
#include "engine/base/check.h"
#include "engine/base/redactor.h"

namespace gitops {
namespace {

struct Look {
  std::string_view word;
  Ink ink;
};

Look LookOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return {"error", Ink::kRed};
    case Severity::kWarning:
      return {"warning", Ink::kYellow};
    case Severity::kNote:
      return {"note", Ink::kCyan};
  }
  CHECK(false);
}

std::string RenderOne(const Diagnostic& diagnostic, std::size_t indent,
                      const RenderOptions& options) {
  const Painter painter(options);
  const Look look = LookOf(diagnostic.severity);
  std::string text = std::string(indent, ' ') +
                     painter.Paint(look.ink, std::string(look.word) + ":") + " " +
                     painter.Paint(Ink::kBold, EscapeLine(diagnostic.summary));
  if (!diagnostic.subject.empty()) text += " [" + EscapeLine(diagnostic.subject) + "]";
  text += "\n";
  const std::string place = diagnostic.location.ToString();
  if (!place.empty()) {
    text +=
        std::string(indent + 2, ' ') + "at " + painter.Paint(Ink::kBold, EscapeLine(place)) + "\n";
  }
  if (!diagnostic.detail.empty()) text += RenderParagraph(diagnostic.detail, indent + 2, options);
  if (!diagnostic.hint.empty()) {
    text += RenderParagraph("hint: " + diagnostic.hint, indent + 2, options, Ink::kCyan);
  }
  return text;
}

}  // namespace

std::string RenderDiagnostics(const Diagnostics& diagnostics, std::size_t indent,
                              const RenderOptions& options) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += RenderOne(diagnostic, indent, options);
  return text;
}

std::string RenderDiagnostic(const Diagnostic& diagnostic, const RenderOptions& options) {
  return RenderOne(diagnostic, 0, options);
}

std::string RenderError(const Error& error, const RenderOptions& options) {
  return RenderDiagnostics(error.diagnostics, 0, options);
}

}  // namespace gitops

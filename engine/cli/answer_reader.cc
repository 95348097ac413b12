#include "engine/cli/answer_reader.h"

#include <array>

namespace gitops {
namespace {

template <typename Value, std::size_t kCount>
std::optional<Value> OneOf(const std::array<Value, kCount>& values, std::string_view text) {
  for (const Value value : values) {
    if (ToString(value) == text) return value;
  }
  return std::nullopt;
}

std::optional<Severity> ParseSeverity(std::string_view text) {
  if (text == "error") return Severity::kError;
  if (text == "warning") return Severity::kWarning;
  if (text == "note") return Severity::kNote;
  return std::nullopt;
}

}  // namespace

std::optional<Verdict> ParseVerdict(std::string_view text) {
  return OneOf(std::array{Verdict::kCreate, Verdict::kUpdate, Verdict::kUnchanged, Verdict::kDelete,
                          Verdict::kOrphaned, Verdict::kBlocked, Verdict::kInvalid},
               text);
}

std::optional<ErrorKind> ParseErrorKind(std::string_view text) {
  return OneOf(std::array{ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kConflict,
                          ErrorKind::kTransient, ErrorKind::kUnknownOutcome, ErrorKind::kCancelled,
                          ErrorKind::kCorruption},
               text);
}

void ReadRevision(AnswerReader& reader, std::string_view name, Revision& revision) {
  const std::string text = reader.TextOrNull(name);
  if (text.empty()) return;
  const auto parsed = ParseRevision(text);
  if (!parsed) return reader.Fail();
  revision = *parsed;
}

void ReadDiagnostic(AnswerReader& reader, Diagnostic& diagnostic) {
  reader.Name("severity", diagnostic.severity, ParseSeverity);
  diagnostic.summary = reader.Text("summary");
  diagnostic.detail = reader.TextOrNull("detail");
  diagnostic.subject = reader.TextOrNull("subject");
  diagnostic.location.file = reader.TextOrNull("file");
  diagnostic.location.line = static_cast<int>(reader.NumberOrNull("line"));
  diagnostic.location.column = static_cast<int>(reader.NumberOrNull("column"));
  diagnostic.hint = reader.TextOrNull("hint");
}

void ReadError(AnswerReader& reader, std::optional<Error>& error) {
  ErrorKind kind = ErrorKind::kInvalid;
  reader.Name("kind", kind, ParseErrorKind);
  Diagnostics diagnostics = reader.Items<Diagnostic>("diagnostics", ReadDiagnostic);
  if (diagnostics.empty()) return reader.Fail();
  error = Error(kind, std::move(diagnostics));
}

Error NotUnderstood(const std::string& why) {
  return MakeError(ErrorKind::kInvalid, "the daemon's answer is not understood", why,
                   "restart the daemon, so that it runs the same version as this command: "
                   "systemctl restart tfgrid-compose");
}

}  // namespace gitops

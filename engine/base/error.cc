#include "engine/base/error.h"

#include <utility>

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kTransient:
      return "transient";
    case ErrorKind::kUnknownOutcome:
      return "unknown_outcome";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kCorruption:
      return "corruption";
  }
  CHECK(false);
}

Error::Error(ErrorKind kind_in, Diagnostics diagnostics_in)
    : kind(kind_in), diagnostics(std::move(diagnostics_in)) {
  CHECK(!diagnostics.empty());
}

Error Error::WithContext(std::string_view context) && {
  std::string& detail = diagnostics.front().detail;
  detail = detail.empty() ? std::string(context) : std::string(context) + ": " + detail;
  return std::move(*this);
}

Error MakeError(ErrorKind kind, std::string summary, std::string detail, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.summary = std::move(summary);
  diagnostic.detail = std::move(detail);
  diagnostic.hint = std::move(hint);
  return Error(kind, std::move(diagnostic));
}

}  // namespace gitops

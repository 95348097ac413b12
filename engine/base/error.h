// Error: why something did not work, classed by what the caller does next.
// A new kind needs a caller that reacts to it in its own way. Plain values, no threads.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace gitops {

/// The reaction to each kind is in engine/reconcile/policy.h. The names are stored and shown.
enum class ErrorKind {
  kInvalid,         ///< The input is wrong: stalled until it changes.
  kNotFound,        ///< The thing is not there: the caller decides.
  kConflict,        ///< Somebody else holds it: retry soon; the message names the holder.
  kTransient,       ///< It may work later: retry with backoff.
  kUnknownOutcome,  ///< The effect may or may not have happened: observe before anything else.
  kCancelled,       ///< A stop was requested: go on at the next start.
  kCorruption,      ///< Stored data is broken: refuse to run.
};

/// "invalid", "not_found", …: the stable name of a kind.
std::string_view ToString(ErrorKind kind);

/// A failure: its kind and at least one diagnostic; the first is the primary one.
struct Error {
  ErrorKind kind = ErrorKind::kInvalid;
  Diagnostics diagnostics;

  Error(ErrorKind kind_in, Diagnostic diagnostic) : kind(kind_in) {
    diagnostics.push_back(std::move(diagnostic));
  }
  Error(ErrorKind kind_in, Diagnostics diagnostics_in);

  bool operator==(const Error&) const = default;

  const Diagnostic& primary() const { return diagnostics.front(); }

  /// The primary diagnostic on one line.
  std::string ToString() const { return primary().ToString(); }

  /// The same error with `context` ("reading app production/web") put before the primary detail.
  Error WithContext(std::string_view context) &&;
};

/// Makes an error from its usual three parts: a fixed summary, what and why, how to fix.
Error MakeError(ErrorKind kind, std::string summary, std::string detail = "",
                std::string hint = "");

}  // namespace gitops

// Diagnostic: one message for a person, as data. What happened, where, why and how to go on.
// Plain values without threads or I/O.
#pragma once

#include <string>
#include <vector>

namespace gitops {

enum class Severity { kError, kWarning, kNote };

/// A place in a text file. Lines and columns count from 1; 0 means "not known".
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  bool operator==(const Location&) const = default;

  /// "file:line:column", without the parts that are not known; "" when nothing is.
  std::string ToString() const;
};

/// One message. `summary` is fixed text that never holds user data, so that it can be searched for;
/// everything particular is in the other fields.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string summary;
  std::string detail;   ///< Sentences: what, why. May quote user data; escaped when it is shown.
  std::string subject;  ///< What it is about: a key path, an app, a source; may be empty.
  Location location;
  std::string hint;  ///< How to fix it, with a command to copy where there is one.

  bool operator==(const Diagnostic&) const = default;

  /// One line: "file:1:2: summary: detail (hint)". For logs and events; views render it better.
  std::string ToString() const;
};

using Diagnostics = std::vector<Diagnostic>;

/// True when at least one diagnostic is an error.
bool HasErrors(const Diagnostics& diagnostics);

}  // namespace gitops

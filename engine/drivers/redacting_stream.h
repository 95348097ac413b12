// RedactingStream: redacts text that comes in pieces, so that a secret that is split over two of
// them is still found. One owner, not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/redactor.h"

namespace gitops {

class RedactingStream {
 public:
  explicit RedactingStream(const Redactor& redactor) : redactor_(redactor) {}

  /// Takes raw bytes; returns what can be shown by now: redacted, escaped, with CR LF and CR as
  /// line ends. The rest is held back until more comes, or Finish. Whole lines come out whole.
  std::string Add(std::string_view bytes);

  /// Returns what was held back. What follows starts afresh.
  std::string Finish();

  /// As Add, but returns the raw bytes that Add would have shown: a piece that can be shown by
  /// itself later. Cheap, for output that is mostly thrown away.
  std::string Cut(std::string_view bytes);

  /// As Finish, for Cut.
  std::string CutRest();

 private:
  std::size_t SafePrefix() const;
  bool CutsASecret(std::size_t cut) const;

  Redactor redactor_;
  std::string held_;
};

/// What RedactingStream makes of a whole text.
std::string ShowableText(const Redactor& redactor, std::string_view text);

}  // namespace gitops
